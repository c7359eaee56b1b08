"""The people of the demonstration and the bank's customers: invented, deterministic by seed, on real addresses.

``generate(seed, count)`` gives the same people on every machine; more people begin with the same ones. Names are common
ones put together by chance, numbers are made and pass their check digits, streets and towns exist, houses need not.

The first ten stand for the ages that the rules know, as of the day given (see :data:`FIRST_PERSONS`):

======== ======= ====================================================================================
P000001  45      adult, 40–74: specific health check-up; head of a household of five
P000002  38      adult under 40, the wife, with a former surname in the register
P000003  16      15–17: has a signature certificate, still a minor
P000004  12      under 15: a card without signature certificate
P000005  77      75 and over
P000006  27      髙橋: a character outside JIS X 0208/0212, replaced in the certificate
P000007  34      a foreign resident with a name in Latin letters
P000008  68      山﨑, with P000009 (66, the wife): a couple between 65 and 74
P000010  58      no card yet
======== ======= ====================================================================================
"""

from tegata.network.population.bank import FIELDS as BANK_FIELDS
from tegata.network.population.bank import (
    bank_customers,
    customer_numbers,
    later_customer,
    later_customer_numbers,
)
from tegata.network.population.before import MOST as MOST_BEFORE
from tegata.network.population.before import Before, before, generate_with_before
from tegata.network.population.households import FIRST_PERSONS, MOST_MEMBERS
from tegata.network.population.people import BEGINNING, REFERENCE_DAY, Person, Place, generate, households, places

__all__ = [
    "BANK_FIELDS",
    "BEGINNING",
    "FIRST_PERSONS",
    "MOST_BEFORE",
    "MOST_MEMBERS",
    "REFERENCE_DAY",
    "Before",
    "Person",
    "Place",
    "bank_customers",
    "before",
    "customer_numbers",
    "generate",
    "generate_with_before",
    "households",
    "later_customer",
    "later_customer_numbers",
    "places",
]
