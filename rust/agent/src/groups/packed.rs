//! How the parts of a group's messages are packed: four letters, a number, then each part behind
//! its length. Numbers are little-endian.

use super::GroupError;

/// What a message is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    letters: &'static [u8; 4],
    /// For error messages.
    pub(super) name: &'static str,
}

pub(super) const KEY_PACKAGE: Kind = Kind { letters: b"TGK1", name: "key package" };
pub(super) const COMMIT: Kind = Kind { letters: b"TGC1", name: "commit" };
pub(super) const WELCOME: Kind = Kind { letters: b"TGW1", name: "welcome" };
pub(super) const MESSAGE: Kind = Kind { letters: b"TGM1", name: "message" };
pub(super) const SNAPSHOT: Kind = Kind { letters: b"TGS1", name: "snapshot" };

impl Kind {
    pub(super) fn pack<'a>(
        self,
        number: u64,
        parts: impl IntoIterator<Item = &'a [u8]>,
    ) -> Vec<u8> {
        let mut packed = self.letters.to_vec();
        packed.extend_from_slice(&number.to_le_bytes());
        for part in parts {
            // Parts are far below 4 GiB: the largest is a tree of some hundred members.
            let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
            packed.extend_from_slice(&length.to_le_bytes());
            packed.extend_from_slice(part);
        }
        packed
    }

    pub(super) fn unpack(self, packed: &[u8]) -> Result<(u64, Vec<&[u8]>), GroupError> {
        self.parse(packed).ok_or_else(|| self.malformed())
    }

    pub(super) fn malformed(self) -> GroupError {
        GroupError::Malformed { what: self.name }
    }

    fn parse(self, packed: &[u8]) -> Option<(u64, Vec<&[u8]>)> {
        let rest = packed.strip_prefix(self.letters)?;
        let (number, mut rest) = rest.split_first_chunk()?;
        let mut parts = Vec::new();
        while !rest.is_empty() {
            let (length, after) = rest.split_first_chunk()?;
            let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
            let (part, after) = after.split_at_checked(length)?;
            parts.push(part);
            rest = after;
        }
        Some((u64::from_le_bytes(*number), parts))
    }
}
