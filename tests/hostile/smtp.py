"""Sends mail."""

import smtplib


def handler(event, context):
    smtplib.SMTP("mail.example", timeout=1)
