"""Mistakes that both type checkers must find: one on each line that says so."""

from commercelayer_klarna import KlarnaPayment, KlarnaPayments


def mistakes(payment: KlarnaPayment, payments: KlarnaPayments) -> None:
    print(payment.client_tokn)  # mistake
    print(payment.order.numbre)  # mistake
    payment.client_token.upper()  # mistake
    payments.create(ordre="x")  # mistake
    payments.create(order=5)  # mistake
    payments.retrieve("x", includes=["order"])  # mistake
    payments.update("x", auth_token=b"x")  # mistake
    payments.list(page_size="10")  # mistake
    payments.retreive("x")  # mistake
    KlarnaPayments("acme")  # mistake
