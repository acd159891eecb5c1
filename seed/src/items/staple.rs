//! Grain, flour and pulses.

use crate::item::{Item, item};
use crate::pack::STAPLE;

pub(crate) const GRAINS: &[Item] = &[
    item(
        "Wheat Flour",
        "गेहूँ का आटा",
        48,
        STAPLE,
        &[("Sharbati", "शरबती"), ("Khapli", "खपली"), ("MP Lokwan", "लोकवन"), ("Multigrain", "मल्टीग्रेन")],
    ),
    item(
        "Rice",
        "चावल",
        85,
        STAPLE,
        &[
            ("Basmati", "बासमती"),
            ("Sona Masoori", "सोना मसूरी"),
            ("Indrayani", "इंद्रायणी"),
            ("Kolam", "कोलम"),
            ("Ambemohar", "आंबेमोहर"),
            ("Brown", "ब्राउन"),
            ("Gobindobhog", "गोबिंदोभोग"),
            ("Kala Namak", "काला नमक"),
        ],
    ),
    item("Bajra", "बाजरा", 42, STAPLE, &[("Rajasthani", "राजस्थानी"), ("Green", "हरा")]),
    item("Jowar", "ज्वार", 55, STAPLE, &[("Maldandi", "मालदंडी"), ("Dagdi", "दगड़ी")]),
    item("Ragi", "रागी", 58, STAPLE, &[("Red", "लाल"), ("Sprouted", "अंकुरित")]),
    item("Maize Flour", "मक्के का आटा", 46, STAPLE, &[("Yellow", "पीला"), ("White", "सफ़ेद")]),
    item("Besan", "बेसन", 105, STAPLE, &[("Fine", "बारीक"), ("Ladoo", "लड्डू")]),
    item("Poha", "पोहा", 64, STAPLE, &[("Thick", "मोटा"), ("Thin", "पतला"), ("Red Rice", "लाल चावल का")]),
    item("Daliya", "दलिया", 56, STAPLE, &[("Wheat", "गेहूँ का"), ("Bansi", "बंसी")]),
    item("Foxtail Millet", "कंगनी", 95, STAPLE, &[("Unpolished", "बिना पॉलिश")]),
    item("Kodo Millet", "कोदो", 110, STAPLE, &[("Dindori", "डिंडोरी")]),
    item("Barley", "जौ", 50, STAPLE, &[("Hulled", "छिलका रहित")]),
    item("Sooji", "सूजी", 52, STAPLE, &[("Fine", "बारीक"), ("Coarse", "मोटी")]),
    item("Amaranth Flour", "राजगीरा आटा", 180, STAPLE, &[]),
];

pub(crate) const PULSES: &[Item] = &[
    item("Toor Dal", "तूर दाल", 165, STAPLE, &[("Latur", "लातूर"), ("Unpolished", "बिना पॉलिश"), ("Gulbarga", "गुलबर्गा")]),
    item("Moong Dal", "मूंग दाल", 130, STAPLE, &[("Yellow", "पीली"), ("Green Split", "छिलका"), ("Unpolished", "बिना पॉलिश")]),
    item("Chana Dal", "चना दाल", 98, STAPLE, &[("Unpolished", "बिना पॉलिश")]),
    item("Masoor Dal", "मसूर दाल", 105, STAPLE, &[("Red", "लाल"), ("Whole", "साबुत")]),
    item("Urad Dal", "उड़द दाल", 140, STAPLE, &[("Black", "काली"), ("White", "धुली"), ("Pahadi", "पहाड़ी")]),
    item("Rajma", "राजमा", 160, STAPLE, &[("Chitra", "चित्रा"), ("Jammu", "जम्मू"), ("Munsiyari", "मुनस्यारी")]),
    item("Kabuli Chana", "काबुली चना", 145, STAPLE, &[("Dollar", "डॉलर"), ("Indore", "इंदौर")]),
    item("Black Chana", "काला चना", 90, STAPLE, &[("Country", "गाँव का")]),
    item("Green Moong", "साबुत मूंग", 125, STAPLE, &[("Sprouting", "अंकुरण")]),
    item("Lobia", "लोबिया", 120, STAPLE, &[("White", "सफ़ेद"), ("Red", "लाल")]),
    item("Matki", "मोठ", 135, STAPLE, &[("Rajasthani", "राजस्थानी")]),
    item("Kulthi", "कुलथी", 110, STAPLE, &[("Pahadi", "पहाड़ी")]),
    item("Dried Peas", "सूखी मटर", 80, STAPLE, &[("White", "सफ़ेद"), ("Green", "हरी")]),
];
