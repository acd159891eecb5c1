//! Names of people, villages and deities, and the adjectives of food.

/// Given names in English and Hindi, the usual ones first.
pub(crate) const GIVEN_NAMES: &[(&str, &str)] = &[
    ("Ramesh", "रमेश"),
    ("Sunita", "सुनीता"),
    ("Suresh", "सुरेश"),
    ("Lakshmi", "लक्ष्मी"),
    ("Rajesh", "राजेश"),
    ("Meera", "मीरा"),
    ("Mahesh", "महेश"),
    ("Kavita", "कविता"),
    ("Ganesh", "गणेश"),
    ("Savita", "सविता"),
    ("Vijay", "विजय"),
    ("Anita", "अनीता"),
    ("Mohan", "मोहन"),
    ("Radha", "राधा"),
    ("Prakash", "प्रकाश"),
    ("Geeta", "गीता"),
    ("Balwant", "बलवंत"),
    ("Asha", "आशा"),
    ("Hari", "हरि"),
    ("Usha", "उषा"),
    ("Gurpreet", "गुरप्रीत"),
    ("Fatima", "फ़ातिमा"),
    ("Imran", "इमरान"),
    ("Joseph", "जोसेफ़"),
    ("Murugan", "मुरुगन"),
    ("Kamala", "कमला"),
    ("Shankar", "शंकर"),
    ("Pooja", "पूजा"),
    ("Dinesh", "दिनेश"),
    ("Rekha", "रेखा"),
    ("Arjun", "अर्जुन"),
    ("Jyoti", "ज्योति"),
    ("Bhola", "भोला"),
    ("Parvati", "पार्वती"),
    ("Kishan", "किशन"),
    ("Saraswati", "सरस्वती"),
    ("Nandini", "नंदिनी"),
    ("Devendra", "देवेंद्र"),
    ("Tukaram", "तुकाराम"),
    ("Ahilya", "अहिल्या"),
];

/// Family names in English and Hindi, the usual ones first.
pub(crate) const FAMILY_NAMES: &[(&str, &str)] = &[
    ("Patil", "पाटिल"),
    ("Sharma", "शर्मा"),
    ("Singh", "सिंह"),
    ("Reddy", "रेड्डी"),
    ("Yadav", "यादव"),
    ("Patel", "पटेल"),
    ("Kumar", "कुमार"),
    ("Verma", "वर्मा"),
    ("Jadhav", "जाधव"),
    ("Nair", "नायर"),
    ("Das", "दास"),
    ("Gowda", "गौड़ा"),
    ("Choudhary", "चौधरी"),
    ("Shinde", "शिंदे"),
    ("Naidu", "नायडू"),
    ("Khan", "ख़ान"),
    ("Mondal", "मंडल"),
    ("Joshi", "जोशी"),
    ("Pawar", "पवार"),
    ("Iyer", "अय्यर"),
    ("Sahu", "साहू"),
    ("Gill", "गिल"),
    ("Meena", "मीणा"),
    ("Deshmukh", "देशमुख"),
    ("Rathod", "राठौड़"),
    ("Thomas", "थॉमस"),
    ("Mishra", "मिश्रा"),
    ("Solanki", "सोलंकी"),
    ("Kulkarni", "कुलकर्णी"),
    ("Pillai", "पिल्लई"),
];

/// Names a dairy or kitchen is blessed with.
pub(crate) const BLESSINGS: &[&str] = &[
    "Shree Krishna",
    "Annapurna",
    "Gokul",
    "Sai",
    "Balaji",
    "Kamdhenu",
    "Mahalakshmi",
    "Shubh",
    "Nandi",
    "Surabhi",
    "Ganga",
    "Amrit",
];

/// First halves of villages.
pub(crate) const VILLAGE_HEADS: &[&str] = &[
    "Ram", "Kishan", "Shiv", "Hari", "Raj", "Govind", "Madho", "Chand", "Sultan", "Bhairon", "Lakshman", "Jai", "Fateh", "Dev",
    "Narayan", "Sunder", "Moti", "Anand", "Bal", "Pratap", "Amar", "Durga", "Hasan", "Kesar", "Nand", "Gopal", "Vijay", "Bhim",
    "Ganga", "Mangal", "Sona", "Tara",
];

/// Second halves of villages.
pub(crate) const VILLAGE_TAILS: &[&str] =
    &["pur", "gaon", "garh", "nagar", "wadi", "khedi", "palli", "halli", "kot", "ganj", "tola", "bad"];

/// Adjectives in English and Hindi for food that keeps, the usual ones first; they are invariant in Hindi.
pub(crate) const ADJECTIVES: &[(&str, &str)] = &[
    ("Organic", "जैविक"),
    ("Desi", "देसी"),
    ("Farm", "फार्म"),
    ("Pure", "शुद्ध"),
    ("Natural", "प्राकृतिक"),
    ("Village", "ग्रामीण"),
    ("Premium", "उत्तम"),
    ("Traditional", "पारंपरिक"),
    ("Residue Free", "रसायन मुक्त"),
    ("Handpicked", "चुनिंदा"),
];

/// The adjective of food that does not keep.
pub(crate) const FRESH: (&str, &str) = ("Fresh", "ताज़ा");
