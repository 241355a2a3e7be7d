"""The REST client that the CLI uses: signed requests over the standard library's HTTP, which starts fast."""
