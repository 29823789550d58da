"""The way to httpx, which nothing else imports."""
