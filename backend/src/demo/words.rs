//! What rows and log lines are made of.

/// First names of customers.
pub(super) const FIRST: [&str; 16] = [
    "Astrid", "Bruno", "Chiara", "Daniel", "Elif", "Fatima", "Gustav", "Hanna", "Ivan", "Jonas",
    "Klara", "Lucia", "Mehmet", "Noor", "Olga", "Pablo",
];

/// Last names of customers.
pub(super) const LAST: [&str; 16] = [
    "Andersson",
    "Bauer",
    "Costa",
    "Dubois",
    "Eriksson",
    "Fischer",
    "Garcia",
    "Horvath",
    "Ivanova",
    "Jensen",
    "Kowalski",
    "Lindberg",
    "Moreau",
    "Novak",
    "Okafor",
    "Petrov",
];

/// Where parcels go.
pub(super) const CITIES: [&str; 12] = [
    "Amsterdam",
    "Bergen",
    "Cork",
    "Dresden",
    "Espoo",
    "Firenze",
    "Gdansk",
    "Helsinki",
    "Izmir",
    "Jyvaskyla",
    "Krakow",
    "Linz",
];

/// What is sold.
pub(super) const PRODUCTS: [&str; 16] = [
    "oak table",
    "reading lamp",
    "wool blanket",
    "kettle",
    "bread knife",
    "linen shirt",
    "rain jacket",
    "desk chair",
    "teapot",
    "bookshelf",
    "bicycle bell",
    "garden shears",
    "coffee grinder",
    "wall clock",
    "picture frame",
    "door mat",
];

/// How far an order is.
pub(super) const STATES: [&str; 5] = ["new", "paid", "packed", "sent", "returned"];

/// What browsers ask a shop for.
pub(super) const PAGES: [&str; 12] = [
    "/",
    "/search?q=lamp",
    "/cart",
    "/checkout",
    "/account/orders",
    "/static/site.css",
    "/static/shop.js",
    "/api/stock",
    "/api/recommendations",
    "/help/returns",
    "/login",
    "/health",
];

/// What browsers call themselves.
pub(super) const BROWSERS: [&str; 5] = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "ShopMonitor/2.4 (+https://status.shop.example)",
];
