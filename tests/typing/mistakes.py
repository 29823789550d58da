"""Mistakes that all type checkers must find: one on each line that says so."""

from commercelayer_klarna import KlarnaPayment, KlarnaPayments


def mistakes(payment: KlarnaPayment, payments: KlarnaPayments) -> None:
    print(payment.client_tokn)  # mistake
    print(payment.order.numbre)  # mistake
    payment.client_token.upper()  # mistake
    payment.order.placed_at.year  # mistake
    KlarnaPayment.from_dict({})  # mistake
    print(payment.additional_properties)  # mistake
    KlarnaPayment(session_id="x")  # mistake
    dict(payment)  # mistake
    len(payment)  # mistake
    del payment.reference  # mistake that mypy and pyrefly never find
    payments.create(ordre="x")  # mistake
    payments.create(order=5)  # mistake
    payments.retrieve("x", includes=["order"])  # mistake
    payments.update("x", auth_token=b"x")  # mistake
    payments.list(page_size="10")  # mistake
    payments.retreive("x")  # mistake
    KlarnaPayments("acme")  # mistake


def changes(payment: KlarnaPayment) -> None:
    payment.reference = "x"  # mistake
    payment.created_at = payment.updated_at  # mistake
    payment.order = payment.order  # mistake
    payment.id = "x"  # mistake
    payment.refernce = "x"  # mistake


def hidden(payment: KlarnaPayment) -> int:
    payment["reference"] = "x"  # mistake
    del payment["reference"]  # mistake
    return "no int"  # mistake
