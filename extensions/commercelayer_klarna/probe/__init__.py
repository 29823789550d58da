"""The probe: checks that put to the test what is known, inferred and guessed of the service.

It reads unless it is given orders to write, in test mode alone, below the limits of the API. What it tells is free of
ids, secrets and personal data. The command ``klarna probe`` runs it.
"""
