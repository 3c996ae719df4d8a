"""Messages that are written once and used often."""

from typing import ClassVar

from django.db import models

from yizhan.store.models.workspace import Workspace


class TemplateGroup(models.Model):
    """One level of groups."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, db_index=False)
    name = models.CharField(max_length=150)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "name"], name="store_templategroup_name"),
        ]


class Template(models.Model):
    """`subject` and `html` hold variables, which the recipient's card fills in before the message is sent."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, db_index=False)
    group = models.ForeignKey(TemplateGroup, null=True, on_delete=models.SET_NULL, related_name="templates")
    name = models.CharField(max_length=150)
    subject = models.TextField(blank=True, default="")
    html = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["workspace", "name"], name="store_template_name")]
