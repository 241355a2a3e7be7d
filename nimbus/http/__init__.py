"""The two listeners: operators and joining nodes through Quart (:8443), agents through `nimbus.http.agents`."""
