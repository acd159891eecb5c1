//! Milk, what is made of it, and eggs.

use crate::item::{Item, item};
use crate::pack::{DRINKS, EGGS as BY_COUNT, OIL, SOFT};

pub(crate) const MILK: &[Item] = &[
    item(
        "Milk",
        "दूध",
        64,
        DRINKS,
        &[
            ("Cow", "गाय का"),
            ("Buffalo", "भैंस का"),
            ("A2 Gir Cow", "ए2 गिर गाय का"),
            ("Full Cream", "फुल क्रीम"),
            ("Toned", "टोंड"),
            ("Sahiwal Cow", "साहीवाल गाय का"),
            ("Murrah Buffalo", "मुर्रा भैंस का"),
            ("Goat", "बकरी का"),
        ],
    ),
    item("Raw Milk", "कच्चा दूध", 60, DRINKS, &[("Cow", "गाय का"), ("Buffalo", "भैंस का"), ("Jersey Cow", "जर्सी गाय का")]),
    item("Turmeric Milk", "हल्दी दूध", 110, DRINKS, &[("Badam", "बादाम"), ("Kesar", "केसर")]),
    item("Badam Milk", "बादाम दूध", 130, DRINKS, &[("Kesar", "केसर"), ("Sugarless", "बिना चीनी")]),
    item("Colostrum Milk", "खीस", 150, DRINKS, &[("Cow", "गाय का"), ("Buffalo", "भैंस का")]),
];

pub(crate) const DAIRY: &[Item] = &[
    item(
        "Paneer",
        "पनीर",
        380,
        SOFT,
        &[("Malai", "मलाई"), ("Buffalo Milk", "भैंस के दूध का"), ("Cow Milk", "गाय के दूध का"), ("Low Fat", "कम वसा")],
    ),
    item(
        "Curd",
        "दही",
        100,
        SOFT,
        &[("Buffalo Milk", "भैंस के दूध का"), ("Cow Milk", "गाय के दूध का"), ("Matka", "मटका"), ("Sweet", "मीठा")],
    ),
    item(
        "Ghee",
        "घी",
        720,
        OIL,
        &[("Bilona", "बिलोना"), ("Cow Milk", "गाय के दूध का"), ("Buffalo Milk", "भैंस के दूध का"), ("A2 Gir Cow", "ए2 गिर गाय का")],
    ),
    item("Buttermilk", "छाछ", 45, DRINKS, &[("Masala", "मसाला"), ("Jeera", "जीरा"), ("Plain", "सादी")]),
    item("White Butter", "सफ़ेद मक्खन", 560, SOFT, &[("Cow Milk", "गाय के दूध का"), ("Salted", "नमकीन")]),
    item("Lassi", "लस्सी", 90, DRINKS, &[("Sweet", "मीठी"), ("Mango", "आम की"), ("Punjabi", "पंजाबी")]),
    item("Khoya", "खोया", 420, SOFT, &[("Mathura", "मथुरा"), ("Buffalo Milk", "भैंस के दूध का")]),
    item("Cream", "मलाई", 340, SOFT, &[("Thick", "गाढ़ी")]),
    item("Shrikhand", "श्रीखंड", 320, SOFT, &[("Kesar", "केसर"), ("Elaichi", "इलायची"), ("Mango", "आम")]),
    item("Rabri", "रबड़ी", 460, SOFT, &[("Lucknowi", "लखनवी"), ("Kesar", "केसर")]),
    item("Mishti Doi", "मिष्टी दोई", 240, SOFT, &[("Nolen Gur", "नोलेन गुड़")]),
    item("Cheese", "चीज़", 640, SOFT, &[("Mozzarella", "मोज़रेला"), ("Kalari", "कलारी"), ("Cheddar", "चेडर")]),
];

pub(crate) const EGGS: &[Item] = &[
    item(
        "Eggs",
        "अंडे",
        8,
        BY_COUNT,
        &[("Brown", "भूरे"), ("White", "सफ़ेद"), ("Country Hen", "गाँव की मुर्गी के"), ("Free Range", "खुली मुर्गी के")],
    ),
    item("Kadaknath Eggs", "कड़कनाथ अंडे", 28, BY_COUNT, &[("Jhabua", "झाबुआ")]),
    item("Duck Eggs", "बत्तख के अंडे", 14, BY_COUNT, &[("Kuttanad", "कुट्टनाड")]),
    item("Quail Eggs", "बटेर के अंडे", 5, BY_COUNT, &[]),
];
