"""The edge: nginx on any node, its virtual hosts and upstreams, certificates, access logs."""
