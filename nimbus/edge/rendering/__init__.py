"""The texts that an edge is given: a version of a virtual host with the versions that it uses, in the dialect of an
nginx. Pure: the same versions give the same bytes, so that each is made once."""
