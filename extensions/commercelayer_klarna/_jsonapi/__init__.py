"""Resources of JSON:API, and what an answer tells of where they came from."""
