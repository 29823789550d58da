"""What an ERP system knows of a payment: ``payment.ext.erp.booked``, kept in metadata under ``erp.``."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from commercelayer_klarna.plugins import Accessor, Context, MetadataCodec, Plugin, hookimpl
from commercelayer_klarna.plugins.metadata import DecodedMetadata, datetime_codec, decimal_codec, prefixed


class Booking(Accessor):
    @property
    def amount(self) -> Decimal | None:
        return self.resource.accessor(DecodedMetadata).get("erp.amount")

    @property
    def booked_at(self) -> datetime | None:
        return self.resource.accessor(DecodedMetadata).get("erp.booked_at")

    @property
    def booked(self) -> bool:
        return self.booked_at is not None


class Erp(Plugin):
    name = "erp"

    @hookimpl
    def metadata_codecs(self, ctx: Context) -> Iterable[MetadataCodec]:
        return prefixed("erp.", [decimal_codec("amount"), datetime_codec("booked_at")])

    @hookimpl
    def resource_accessors(self, ctx: Context) -> Mapping[tuple[str, str], type[Accessor]]:
        return {("klarna_payments", "erp"): Booking}
