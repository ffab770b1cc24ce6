"""How currencies are written beside an amount: their codes, signs and words. Pure.

Only these may stand there: a letter that is none of them may be a multiplier ("5k", "5 mil", "90 cents"), and the
amount another one.
"""

from __future__ import annotations

import re

_CODES = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF "
    "CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD "
    "HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL "
    "LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR "
    "PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SYP SZL THB TJS TMT TND TOP TRY "
    "TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWL"
)
"""ISO 4217, list one: the codes of currencies in use and of two that panels still write (HRK, ZWL)."""

_COINS = "USDT USDC BUSD BTC ETH TRX TON BNB LTC"
_SIGNS = "$ £ ¤ ¥ ֏ ৳ ฿ ៛ ₡ ₣ ₤ ₦ ₨ ₩ ₪ ₫ € ₭ ₮ ₱ ₲ ₴ ₵ ₸ ₹ ₺ ₼ ₽ ₾ ₿ ﷼"
"""The signs that stand for the unit itself; those of its hundredth part (¢) are left out."""

_WORDS = (
    "US$ A$ AU$ C$ CA$ HK$ MX$ NT$ NZ$ R$ S$ RM S/ S/. Bs Bs. Rs Rs. Rp Rp. TL kr kr. zł лв лв. Kč Ft lei đ Fr "
    "Fr. dollar dollars euro euros lira rupee rupees rupiah ruble rubles rouble roubles toman tomans rial rials "
    "credit credits руб руб. р. грн грн. сум тенге تومان تومن ریال ريال درهم دينار جنيه ر.س د.إ ج.م"
)

_ALL = sorted({*_CODES.split(), *_COINS.split(), *_SIGNS.split(), *_WORDS.split()}, key=len, reverse=True)

CURRENCY = f"(?:{'|'.join(map(re.escape, _ALL))})"
"""A pattern for what is certainly a currency and nothing else, the longest first; upper and lower case are the same."""
