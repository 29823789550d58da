"""Django receives callbacks, and shows a payment: in a template, as JSON, and by the REST framework."""

from __future__ import annotations

import json
from functools import cache

import django
import pytest
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse, JsonResponse
from django.template import Context, Engine
from django.urls import path
from helper import check_receiver_program, client, free_port, receiver, sandbox, without_secrets
from rest_framework import serializers

NAME, PACKAGES = "Django", ["django", "djangorestframework"]

settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], USE_TZ=True)
django.setup()


@cache
def the_receiver():
    return receiver()


def callbacks(request):
    return HttpResponse(status=the_receiver().receive(request.body, request.headers))


urlpatterns = [path("callbacks", callbacks)]
application = WSGIHandler()


def test_receiver(tmp_path):
    """The example receiver, with `request.body` and `request.headers`."""
    port = free_port()
    command = ["gunicorn", "--no-control-socket", "--bind", f"127.0.0.1:{port}", "test_django:application"]
    check_receiver_program(*command, port=port, folder=tmp_path)


@pytest.fixture
def payment():
    with client() as payments:
        yield payments.create(order=sandbox()["order_ids"][0], reference="shown", include=["order"])


def test_a_payment_in_a_template(payment):
    """`{{ payment.created_at|date:"Y" }}`, `{{ payment.order.formatted_total_amount_with_taxes }}`, `{{ payment }}`."""
    text = '{{ payment.created_at|date:"Y" }} {{ payment.order.formatted_total_amount_with_taxes }} {{ payment }}'
    shown = Engine().from_string(text).render(Context({"payment": payment}))
    assert payment.order.formatted_total_amount_with_taxes
    assert f"{payment.created_at.year} {payment.order.formatted_total_amount_with_taxes} " in shown
    assert without_secrets(shown, [payment.client_token])


def test_a_payment_as_json(payment):
    """`JsonResponse(payment.to_dict())`: no secrets."""
    shown = JsonResponse(payment.to_dict()).text
    assert json.loads(shown)["reference"] == "shown"
    assert without_secrets(shown, [payment.client_token])


@pytest.mark.unsupported("pass `payment.to_dict()`")
def test_a_payment_itself_as_json(payment):
    """`JsonResponse(payment, safe=False)`: a `TypeError`."""
    with pytest.raises(TypeError):
        JsonResponse(payment, safe=False)


def test_a_payment_by_the_rest_framework(payment):
    """A `Serializer` of the REST framework that names its fields."""

    class PaymentSerializer(serializers.Serializer):
        id = serializers.CharField()
        reference = serializers.CharField()
        created_at = serializers.DateTimeField()
        order_number = serializers.CharField(source="order.number")

    shown = PaymentSerializer(payment).data
    assert shown["id"] == payment.id
    assert shown["reference"] == "shown"
    assert shown["order_number"] == payment.order.number
    assert shown["created_at"].startswith(str(payment.created_at.year))
