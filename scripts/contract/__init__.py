"""What is known about the contract: its rules, what a change of it means, and what must follow by hand."""
