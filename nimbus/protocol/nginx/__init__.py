"""nginx's configuration language: how its text is read into words, and how a value becomes one word of it.

Both ends write configuration: the control plane virtual hosts, the agent the addresses of upstreams. The rules are
those of nginx's own reader (src/core/ngx_conf_file.c, `ngx_conf_read_token`), the same from 1.22 to 1.30.
"""
