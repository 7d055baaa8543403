//! A server whose disks have lived a little, and every state that they were in.

use serde_json::{Value, json};
use shared::DiffItem;

use crate::{
    cli::Skikt,
    model::{Image, Model},
    random::Random,
    server::Server,
};

/// Size of the disk `web`: large enough that its whole map does not show single blocks.
pub const SIZE: u64 = 1 << 30;

/// Snapshots of the disk `web`, called `s0`, `s1`, …
pub const SNAPSHOTS: usize = 10;

/// Bytes of a block.
const BLOCK: u64 = 4096;

/// A server with the disks `web`, much snapshotted, and `db`, snapshotted thrice.
#[derive(Debug)]
pub struct Life {
    /// The folder of all of it.
    pub skikt: Skikt,
    /// The server.
    pub server: Server,
    /// The image of `web`.
    pub image: Image,
    /// What `web` held at each snapshot.
    pub states: Vec<Model>,
    /// The snapshots of `web`, as they were told of.
    pub snapshots: Vec<Value>,
}

impl Life {
    /// Lives it: data at both ends of the disk, then a few blocks here and there each time.
    pub fn begin() -> Self {
        let skikt = Skikt::new();
        let server = Server::start(&skikt);
        let mut random = Random::new(7);
        let path = skikt.path("data/images/web.img");
        let mut image = Image::create(path, SIZE).expect("an image can be made");
        write(&mut image, &mut random, 0, 512);
        write(&mut image, &mut random, SIZE / 2, 256);
        server.attach("web", image.path()).expect(201);
        let (mut states, mut snapshots) = (Vec::new(), Vec::new());
        for number in 0..SNAPSHOTS {
            if number > 0 {
                for _ in 0..=random.below(6) {
                    let first = random.below(512) * BLOCK;
                    write(&mut image, &mut random, first, 1 + first % 3);
                }
                write(&mut image, &mut random, SIZE / 2 + number as u64 * BLOCK, 4);
            }
            if number == 6 {
                image.punch(SIZE / 2 + 100 * BLOCK, 9 * BLOCK).expect("an image has holes");
            }
            snapshots.push(server.take("web", &format!("s{number}")));
            states.push(image.model().clone());
        }
        let mut other = skikt.random_image("data/images/db.img", 2 << 20);
        server.attach("db", other.path()).expect(201);
        for number in 0..3 {
            other.scramble(number * 65_536..number * 65_536 + 20_480, number + 1);
            server.take("db", &format!("db{number}"));
        }
        Self { skikt, server, image, states, snapshots }
    }

    /// The page of the disk `web`.
    pub fn page(&self) -> String {
        format!("/disks/{}", self.snapshots[0]["disk_id"].as_str().expect("a disk has an id"))
    }

    /// The id of one of the snapshots of `web`.
    pub fn id(&self, number: usize) -> &str {
        self.snapshots[number]["id"].as_str().expect("a snapshot has an id")
    }

    /// What differs between two of them, found by comparing every block.
    pub fn differences(&self, base: usize, target: usize) -> Vec<DiffItem> {
        self.states[target].diff_from(&self.states[base], BLOCK)
    }

    /// What deleting some snapshots gives back, as the server tells it.
    pub fn freeable(&self, names: &[&str]) -> u64 {
        let set = self.server.post("snapshots/freeable", &json!({ "snapshots": names }));
        set.expect(200)["freeable_bytes"].as_u64().expect("bytes are a number")
    }
}

fn write(image: &mut Image, random: &mut Random, offset: u64, blocks: u64) {
    let mut bytes = vec![0; (blocks * BLOCK) as usize];
    random.fill(&mut bytes);
    image.write(offset, &bytes).expect("an image can be written");
}
