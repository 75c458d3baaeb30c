"""The figures of a night for templates."""

from django import template

from education.journal.figures import night_figures

register = template.Library()

register.filter("figures", night_figures)
