//! What small producers make: spices, oils, pickles, honey and jaggery.

use crate::item::{Item, item};
use crate::pack::{BOTTLE, JAR, OIL, SPICE, STAPLE, TINY};

pub(crate) const SPICES: &[Item] = &[
    item(
        "Turmeric Powder",
        "हल्दी पाउडर",
        260,
        SPICE,
        &[("Salem", "सेलम"), ("Lakadong", "लाकाडोंग"), ("Sangli", "सांगली"), ("Rajapuri", "राजापुरी")],
    ),
    item(
        "Red Chilli Powder",
        "लाल मिर्च पाउडर",
        380,
        SPICE,
        &[("Kashmiri", "कश्मीरी"), ("Guntur", "गुंटूर"), ("Byadgi", "ब्याडगी"), ("Mathania", "मथानिया")],
    ),
    item("Coriander Powder", "धनिया पाउडर", 260, SPICE, &[("Indori", "इंदौरी"), ("Green", "हरा")]),
    item("Cumin Seeds", "जीरा", 460, SPICE, &[("Unjha", "ऊँझा"), ("Rajasthani", "राजस्थानी")]),
    item("Garam Masala", "गरम मसाला", 720, SPICE, &[("Punjabi", "पंजाबी"), ("Whole", "खड़ा")]),
    item("Black Pepper", "काली मिर्च", 860, SPICE, &[("Tellicherry", "तेलिचेरी"), ("Wayanad", "वायनाड"), ("Malabar", "मालाबार")]),
    item("Cardamom", "इलायची", 2900, SPICE, &[("Idukki Green", "इडुक्की हरी"), ("Sikkim Black", "सिक्किम बड़ी")]),
    item("Mustard Seeds", "राई", 130, SPICE, &[("Black", "काली"), ("Yellow", "पीली")]),
    item("Fenugreek Seeds", "मेथी दाना", 140, SPICE, &[]),
    item("Ajwain", "अजवाइन", 340, SPICE, &[("Jamnagar", "जामनगर")]),
    item("Cloves", "लौंग", 1250, SPICE, &[("Kanyakumari", "कन्याकुमारी")]),
    item("Cinnamon", "दालचीनी", 680, SPICE, &[("Malabar", "मालाबार")]),
    item("Goda Masala", "गोडा मसाला", 640, SPICE, &[("Kolhapuri", "कोल्हापुरी")]),
    item("Asafoetida", "हींग", 1900, SPICE, &[("Hathras", "हाथरस")]),
    item("Saffron", "केसर", 260_000, TINY, &[("Kashmiri Mongra", "कश्मीरी मोगरा"), ("Pampore", "पंपोर")]),
];

pub(crate) const OILS: &[Item] = &[
    item("Mustard Oil", "सरसों का तेल", 230, OIL, &[("Kachi Ghani", "कच्ची घानी"), ("Yellow", "पीली"), ("Black", "काली")]),
    item("Groundnut Oil", "मूंगफली का तेल", 270, OIL, &[("Wood Pressed", "लकड़ी घानी"), ("Saurashtra", "सौराष्ट्र")]),
    item("Coconut Oil", "नारियल तेल", 340, OIL, &[("Virgin", "वर्जिन"), ("Chekku", "चेक्कू"), ("Malabar", "मालाबार")]),
    item("Sesame Oil", "तिल का तेल", 400, OIL, &[("Black", "काले"), ("White", "सफ़ेद"), ("Chekku", "चेक्कू")]),
    item("Sunflower Oil", "सूरजमुखी का तेल", 240, OIL, &[("Wood Pressed", "लकड़ी घानी")]),
    item("Safflower Oil", "करडी का तेल", 310, OIL, &[("Marathwada", "मराठवाड़ा")]),
    item("Flaxseed Oil", "अलसी का तेल", 520, BOTTLE, &[]),
    item("Almond Oil", "बादाम तेल", 2200, BOTTLE, &[("Mamra", "मामरा")]),
    item("Castor Oil", "अरंडी का तेल", 330, BOTTLE, &[]),
];

pub(crate) const PICKLES: &[Item] = &[
    item(
        "Mango Pickle",
        "आम का अचार",
        340,
        JAR,
        &[("Avakaya", "आवकाया"), ("Sweet", "मीठा"), ("Banarasi", "बनारसी"), ("Hing", "हींग")],
    ),
    item("Lemon Pickle", "नींबू का अचार", 320, JAR, &[("Sweet", "मीठा"), ("Khatta", "खट्टा"), ("No Oil", "बिना तेल")]),
    item("Chilli Pickle", "मिर्च का अचार", 360, JAR, &[("Stuffed Red", "भरवाँ लाल"), ("Green", "हरी")]),
    item("Garlic Pickle", "लहसुन का अचार", 420, JAR, &[("Rajasthani", "राजस्थानी")]),
    item("Mixed Pickle", "मिक्स अचार", 330, JAR, &[("Punjabi", "पंजाबी")]),
    item("Amla Murabba", "आँवला मुरब्बा", 280, JAR, &[("Banarasi", "बनारसी")]),
    item("Gongura Pickle", "गोंगुरा अचार", 420, JAR, &[("Guntur", "गुंटूर")]),
    item("Tamarind Chutney", "इमली की चटनी", 260, JAR, &[("Sweet", "मीठी")]),
    item("Garlic Chutney", "लहसुन की चटनी", 380, JAR, &[("Dry", "सूखी"), ("Vada Pav", "वड़ा पाव")]),
    item("Chhundo", "छुंदा", 360, JAR, &[("Kathiyawadi", "काठियावाड़ी")]),
    item("Kair Sangri Pickle", "केर सांगरी अचार", 560, JAR, &[("Jodhpuri", "जोधपुरी")]),
];

pub(crate) const HONEY_JAGGERY: &[Item] = &[
    item(
        "Honey",
        "शहद",
        520,
        JAR,
        &[
            ("Wild Forest", "जंगली"),
            ("Mustard", "सरसों का"),
            ("Litchi", "लीची का"),
            ("Sundarban", "सुंदरबन"),
            ("Multiflora", "मल्टीफ्लोरा"),
            ("Jamun", "जामुन का"),
        ],
    ),
    item(
        "Jaggery",
        "गुड़",
        80,
        STAPLE,
        &[("Kolhapuri", "कोल्हापुरी"), ("Ginger", "अदरक"), ("Black", "काला"), ("Muzaffarnagar", "मुज़फ्फरनगर")],
    ),
    item("Jaggery Powder", "गुड़ पाउडर", 110, STAPLE, &[("Kolhapuri", "कोल्हापुरी")]),
    item("Palm Jaggery", "ताड़ का गुड़", 320, JAR, &[("Karupatti", "करुपट्टी")]),
    item("Date Palm Jaggery", "खजूर का गुड़", 360, JAR, &[("Nolen", "नोलेन"), ("Patali", "पाटाली")]),
    item("Khandsari Sugar", "खांडसारी", 90, STAPLE, &[]),
    item("Comb Honey", "छत्ते का शहद", 900, JAR, &[("Wild", "जंगली")]),
];
