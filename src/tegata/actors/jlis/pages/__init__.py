"""What people at J-LIS see: one module a subject."""

from tegata.actors.jlis.pages import certificates, consents, crls, monitor, ocsp_try

HANDLERS = (
    monitor.monitor, certificates.find, crls.lists, crls.one_list, crls.download, ocsp_try.try_ocsp,
    consents.consent_numbers,
)  # fmt: skip
