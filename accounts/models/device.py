"""The browsers in which somebody has signed in, so that a new one can be told of."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Device(models.Model):
    """A browser that has signed in as this person; it holds a random token, here is its hash."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="devices"
    )
    token_hash = models.CharField(max_length=64)
    first_seen_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("device")
        verbose_name_plural = _("devices")
        ordering = ["-last_seen_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "token_hash"], name="accounts_device_once_a_person"
            )
        ]
        indexes = [models.Index(fields=["last_seen_at"], name="accounts_device_last_seen")]

    def __str__(self) -> str:
        return f"Device {self.pk}"
