"""`nimbus vhost`, `nimbus upstream` and `nimbus template`: a noun each, and the verbs that all three have
(versions.py). importing.py makes virtual hosts and upstreams of a configuration that nginx_files.py has read."""
