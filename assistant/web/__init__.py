"""The web UI: ask, read, check. Started by `dateline chat`; nothing else imports it."""
