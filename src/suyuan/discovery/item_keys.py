"""Which item of the dictionary a finding is: by what it is, and by the name under which an app sends it.

An item key is one of `suyuan.collect`'s dictionary. A value may be one of several items (the consignee's telephone number or the
registered one): it is within a ceiling that has any of them. The judgement is ours, and every row says why.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from suyuan.discovery.finding import What

_TELEPHONES: Final = ("mobile_number", "contact_phone", "contact_details", "bank_reserved_mobile")
_PLACES: Final = ("location", "movement_track", "trip_origin", "trip_destination")

ITEMS_OF: Final[Mapping[What, tuple[str, ...]]] = {
    What.PHONE: _TELEPHONES,  # A number alone does not say whose telephone it is.
    What.RESIDENT_ID: ("id_document_number",),
    What.EMAIL: (
        "email_address",
        "contact_details",
        "account_name",
    ),  # An address may be the login, or the way to reach somebody.
    What.BANK_CARD: ("bank_card_number",),
    What.PLATE: ("plate_number",),
    What.POSTAL_ADDRESS: ("postal_address", "house_address", "trip_origin", "trip_destination"),
    What.PERSON_NAME: ("person_name",),
    What.DATE_OF_BIRTH: ("birth_date", "age"),  # A type that may ask the age learns no more from the day than it may.
    What.IP_ADDRESS: ("ip_address",),
    What.LOCATION: _PLACES,  # A coordinate of three decimals or more is a place to a hundred metres.
    What.DEVICE: ("device_identifier",),
    What.TRAVEL_DOCUMENT: ("id_document_number",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What a key says that its value is.

    Args:
        items: the items it may be, as in `ITEMS_OF`.
        shape: what a value must look like to count: an app sends empty fields as well.
        what: the finding it equals, where a value of it would also be found by its shape.
    """

    items: tuple[str, ...]
    shape: re.Pattern[str]
    what: What | None = None


_ANY: Final = re.compile(r"(?s).*[^\s0.:-].*")
_DIGIT: Final = re.compile(r".*[0-9].*")
_NUMBER: Final = re.compile(r"-?[0-9]{1,3}\.[0-9]{3,}")
_TOKEN: Final = re.compile(r"(?=.*[1-9A-Za-z])(?!(?:02[:-]?)?(?:00[:-]?)+$)[0-9A-Za-z:_-]{8,64}")
LISTED: Final = re.compile(r"(?s).{2,}")
"""A list or text that is one item as a whole."""


def _rows(
    *, items: tuple[str, ...], keys: str, shape: re.Pattern[str] = _ANY, what: What | None = None
) -> dict[str, Named]:
    return {key: Named(items=items, shape=shape, what=what) for key in keys.split()}


NAMED: Final[Mapping[str, Named]] = {
    # Telephone numbers, by whose they are called.
    **_rows(items=("mobile_number",), keys="usermobile userphone msisdn", shape=_DIGIT, what=What.PHONE),
    # The user's own, or within `sender` and `receiver` somebody's whom the parcel is for.
    **_rows(items=("mobile_number", "contact_phone", "contact_details"), keys="mobile mobileno mobilenumber mobilephone phone phoneno phonenumber"
        " cellphone 手机 手机号 手机号码", shape=_DIGIT, what=What.PHONE),
    **_rows(items=("contact_phone", "contact_details"), keys="contactphone contactmobile receiverphone receivermobile recipientphone consigneephone"
        " deliveryphone senderphone tel telephone telno linkphone 联系电话 收件人电话 收货人电话 电话", shape=_DIGIT, what=What.PHONE),
    # A name of the person, in whatever part.
    **_rows(items=("person_name",), keys="realname truename fullname personname receivername recipientname consignee consigneename sendername"
        " contactname passengername patientname cardholder cardholdername idname firstname lastname surname 姓名 收件人 收货人 联系人", what=What.PERSON_NAME),
    **_rows(items=("account_name",), keys="nickname nick screenname loginname 昵称 账号"),
    **_rows(items=("postal_address", "house_address"), keys="address addr receiveraddress deliveryaddress shippingaddress homeaddress detailaddress"
        " addressdetail streetaddress 地址 收货地址 详细地址 住址", what=What.POSTAL_ADDRESS),
    **_rows(items=("email_address", "contact_details", "account_name"), keys="email emailaddress mail 邮箱 电子邮箱", what=What.EMAIL),
    # Identity documents.
    **_rows(items=("id_document_number",), keys="idcard idcardno idcardnumber idno idnumber certno certificateno identityno citizenid passport passportno"
        " passportnumber 身份证 身份证号 证件号 证件号码 护照号", shape=_DIGIT, what=What.RESIDENT_ID),
    **_rows(items=("id_document_type",), keys="idtype certtype certificatetype idcardtype documenttype 证件类型"),
    **_rows(items=("id_document_copy",), keys="idcardfront idcardback idcardimage idphoto certimage 身份证照片"),
    **_rows(items=("driving_licence",), keys="driverlicense drivinglicence drivinglicense driverlicenceno 驾驶证"),
    # Money.
    **_rows(items=("bank_card_number",), keys="bankcard bankcardno cardno cardnumber bankaccount bankaccountno debitcard creditcard 银行卡 银行卡号",
        shape=_DIGIT, what=What.BANK_CARD),
    **_rows(items=("income",), keys="income salary monthlyincome annualincome 收入 月收入"),
    **_rows(items=("credit_record",), keys="creditscore creditreport sesamescore 征信"),
    # The person herself.
    **_rows(items=("birth_date", "age"), keys="birthday birthdate dateofbirth dob birth 生日 出生日期", shape=_DIGIT, what=What.DATE_OF_BIRTH),
    **_rows(items=("age",), keys="age userage 年龄", shape=_DIGIT),
    **_rows(items=("gender",), keys="gender sex 性别"),
    **_rows(items=("marital_status",), keys="marital maritalstatus marriage 婚姻 婚姻状况"),
    **_rows(items=("ethnicity",), keys="ethnicity nation minzu 民族"),
    **_rows(items=("nationality",), keys="nationality 国籍"),
    **_rows(items=("religious_belief",), keys="religion religiousbelief 宗教"),
    **_rows(items=("occupation",), keys="occupation profession jobtitle 职业"),
    **_rows(items=("employer",), keys="employer company companyname workunit 工作单位"),
    **_rows(items=("education",), keys="education degree school 学历"),
    **_rows(items=("body_measure",), keys="height weight bloodtype bodyfat heartrate 身高 体重"),
    **_rows(items=("medical_record",), keys="diagnosis medicalrecord illness symptom allergies 病历 诊断"),
    # What is recognised of a body.
    **_rows(items=("face",), keys="face faceimage facedata facetoken facefeature 人脸", shape=LISTED),
    **_rows(items=("fingerprint",), keys="fingerprintdata fingerprinttemplate", shape=LISTED),
    **_rows(items=("voiceprint",), keys="voiceprint", shape=LISTED),
    # Where she is.
    **_rows(items=_PLACES, keys="lat lng lon latitude longitude gpslat gpslng gpslon curlat curlng userlat userlng mylat mylng location gps coordinate"
        " coordinates lnglat latlng 经度 纬度", shape=re.compile(r".*[0-9]{1,3}\.[0-9]{3,}.*"), what=What.LOCATION),
    **_rows(items=("movement_track",), keys="track trajectory gpstrack routepoints 轨迹", shape=LISTED),
    **_rows(items=("rough_location", "location"), keys="bssid wifibssid cellid lac basestation wifilist wifis scanresults", shape=LISTED),
    # Her device. An advertising identifier is one of the person by its purpose.
    **_rows(items=("device_identifier",), keys="imei imei1 imei2 meid idfa idfv oaid vaid aaid gaid adid advertisingid androidid udid deviceid deviceno"
        " openudid serialno devicesn utdid devicefingerprint 设备号", shape=_TOKEN, what=What.DEVICE),
    **_rows(items=("sim_identifier",), keys="imsi iccid simserial simserialnumber", shape=_TOKEN, what=What.DEVICE),
    **_rows(items=("mac_address",), keys="mac macaddress wifimac btmac bluetoothmac", shape=_TOKEN, what=What.DEVICE),
    **_rows(items=("installed_apps",), keys="installedapps applist apps packages installedpackages runningapps", shape=LISTED),
    # Other people, and what she does.
    **_rows(items=("address_book",), keys="contacts contactlist addressbook phonebook phonecontacts friendphones 通讯录", shape=LISTED),
    **_rows(items=("call_record",), keys="calllog calllogs callrecords callhistory 通话记录", shape=LISTED),
    **_rows(items=("message_record",), keys="smslist smslog smsrecords smses 短信", shape=LISTED),
    **_rows(items=("browsing_record",), keys="browsehistory browserhistory browsinghistory visithistory", shape=LISTED),
    **_rows(items=("search_record",), keys="searchhistory searchrecords", shape=LISTED),
    **_rows(items=("message_content",), keys="clipboard clipboardtext pasteboard", shape=LISTED),
    **_rows(items=("photo",), keys="album albumlist photolist gallery", shape=LISTED),
    **_rows(items=("step_count",), keys="steps stepcount 步数", shape=_DIGIT),
    **_rows(items=("user_tag",), keys="usertags userprofile interesttags", shape=LISTED),
    **_rows(items=("plate_number",), keys="plate plateno platenumber carno licenseplate 车牌 车牌号", what=What.PLATE),
    **_rows(items=("vin",), keys="vin 车架号", shape=re.compile(r"[0-9A-HJ-NPR-Za-hj-npr-z]{17}")),
}  # fmt: skip
"""Keys as apps name them, without case and punctuation, and what their value is then."""

_PUNCTUATION = re.compile(r"[\W_]+")


def named(key: str) -> Named | None:
    """Give what a key says of its value, or None."""
    plain = plain_key(key)
    return NAMED.get(plain) or NAMED.get(plain.removeprefix("x"))


def plain_key(key: str) -> str:
    """Give a key as keys are compared: no case, width, punctuation."""
    return _PUNCTUATION.sub("", unicodedata.normalize("NFKC", key).lower())
