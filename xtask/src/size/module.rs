//! A WebAssembly module as far as weighing needs it: sections, functions, and their names.

use std::fs;
use std::path::Path;

/// The engine's layer, which a browser does instead.
const ENGINE: &str = "onesocket::protocol";

const CUSTOM: u8 = 0;
const IMPORT: u8 = 2;
const CODE: u8 = 10;

pub(super) struct Module {
    bytes: Vec<u8>,
    sections: Vec<Section>,
    functions: Vec<(String, usize)>,
}

struct Section {
    id: u8,
    name: String,
    /// From its id to its end.
    start: usize,
    contents: usize,
    end: usize,
}

/// Reads numbers and names one after the other.
struct Cursor<'a> {
    bytes: &'a [u8],
    place: usize,
}

impl Module {
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        let bytes = fs::read(path).map_err(|error| error.to_string())?;
        Module::parse(bytes).ok_or_else(|| "this is not a WebAssembly module".to_owned())
    }

    fn parse(bytes: Vec<u8>) -> Option<Self> {
        let mut cursor = Cursor {
            bytes: bytes.strip_prefix(b"\0asm\x01\0\0\0").map(|_| &bytes[..])?,
            place: 8,
        };
        let mut sections = Vec::new();
        while cursor.place < bytes.len() {
            let start = cursor.place;
            let id = cursor.byte()?;
            let length = cursor.number()?;
            let contents = cursor.place;
            let end = contents
                .checked_add(length)
                .filter(|end| *end <= bytes.len())?;
            let name = match id {
                CUSTOM => cursor.name()?,
                id => section_name(id).to_owned(),
            };
            sections.push(Section {
                id,
                name,
                start,
                contents,
                end,
            });
            cursor.place = end;
        }
        let mut functions = functions(&bytes, &sections)?;
        functions.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Some(Module {
            bytes,
            sections,
            functions,
        })
    }

    /// Name and size of each function, the biggest first.
    pub(super) fn functions(&self) -> impl Iterator<Item = (&str, usize)> {
        self.functions
            .iter()
            .map(|(name, size)| (name.as_str(), *size))
    }

    /// Name and size of each section but that of names.
    pub(super) fn sections(&self) -> impl Iterator<Item = (&str, usize)> {
        let sections = self
            .sections
            .iter()
            .filter(|section| section.name != "name");
        sections.map(|section| (section.name.as_str(), section.end - section.contents))
    }

    /// A function of the engine, if there is one.
    pub(super) fn engine(&self) -> Option<&str> {
        let mut names = self.functions().map(|(name, _)| name);
        names.find(|name| name.contains(ENGINE))
    }

    /// The module as it is shipped.
    pub(super) fn without_names(&self) -> Vec<u8> {
        let mut shipped = self.bytes[..8].to_vec();
        for section in self.sections.iter().filter(|section| section.id != CUSTOM) {
            shipped.extend(&self.bytes[section.start..section.end]);
        }
        shipped
    }
}

fn section_name(id: u8) -> &'static str {
    const NAMES: [&str; 14] = [
        "custom",
        "types",
        "imports",
        "functions",
        "tables",
        "memory",
        "globals",
        "exports",
        "start",
        "elements",
        "code",
        "data",
        "data count",
        "tags",
    ];
    NAMES.get(usize::from(id)).copied().unwrap_or("unknown")
}

fn functions(bytes: &[u8], sections: &[Section]) -> Option<Vec<(String, usize)>> {
    let section = |wanted: &dyn Fn(&Section) -> bool| {
        let section = sections.iter().find(|section| wanted(section))?;
        let cursor = Cursor {
            bytes: &bytes[..section.end],
            place: section.contents,
        };
        Some(cursor)
    };
    let imported = match section(&|section| section.id == IMPORT) {
        Some(mut cursor) => imported_functions(&mut cursor)?,
        None => 0,
    };
    let mut functions = Vec::new();
    if let Some(mut code) = section(&|section| section.id == CODE) {
        for index in 0..code.number()? {
            let start = code.place;
            let length = code.number()?;
            code.place += length;
            functions.push((format!("function {}", imported + index), code.place - start));
        }
    }
    if let Some(mut names) = section(&|section| section.id == CUSTOM && section.name == "name") {
        names.name()?;
        name_functions(&mut names, imported, &mut functions)?;
    }
    Some(functions)
}

fn imported_functions(cursor: &mut Cursor<'_>) -> Option<usize> {
    let mut functions = 0;
    for _ in 0..cursor.number()? {
        cursor.name()?;
        cursor.name()?;
        match cursor.byte()? {
            0 => {
                functions += 1;
                cursor.number()?;
            }
            // A table has a type before its limits; a memory has limits only.
            kind @ (1 | 2) => {
                if kind == 1 {
                    cursor.byte()?;
                }
                if cursor.byte()? & 1 == 1 {
                    cursor.number()?;
                }
                cursor.number()?;
            }
            _ => {
                cursor.number()?;
                cursor.byte()?;
            }
        }
    }
    Some(functions)
}

fn name_functions(
    cursor: &mut Cursor<'_>,
    imported: usize,
    functions: &mut [(String, usize)],
) -> Option<()> {
    /// The part that names functions.
    const FUNCTIONS: u8 = 1;

    while cursor.place < cursor.bytes.len() {
        let part = cursor.byte()?;
        let length = cursor.number()?;
        let end = cursor.place + length;
        if part == FUNCTIONS {
            for _ in 0..cursor.number()? {
                let index = cursor.number()?;
                let name = cursor.name()?;
                if let Some(function) = index
                    .checked_sub(imported)
                    .and_then(|index| functions.get_mut(index))
                {
                    function.0 = legible(&name);
                }
            }
        }
        cursor.place = end;
    }
    Some(())
}

/// Without the hashes of crates and functions.
fn legible(name: &str) -> String {
    let mut text = String::new();
    let mut rest = name;
    while let Some((before, after)) = rest.split_once('[') {
        text += before;
        rest = match after.split_once(']') {
            Some((hash, after))
                if hash.len() > 8 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) =>
            {
                after
            }
            _ => {
                text.push('[');
                after
            }
        };
    }
    text += rest;
    match text.rfind("::h") {
        Some(place) if text.len() - place == 19 => text[..place].to_owned(),
        _ => text,
    }
}

impl Cursor<'_> {
    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.place)?;
        self.place += 1;
        Some(byte)
    }

    /// An unsigned LEB128 number.
    fn number(&mut self) -> Option<usize> {
        let mut number = 0;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            number |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn name(&mut self) -> Option<String> {
        let length = self.number()?;
        let name = self
            .bytes
            .get(self.place..self.place.checked_add(length)?)?;
        self.place += length;
        Some(String::from_utf8_lossy(name).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One imported function, one function of four bytes, and the names of both.
    fn module() -> Vec<u8> {
        let mut bytes = b"\0asm\x01\0\0\0".to_vec();
        bytes.extend(b"\x02\x07\x01\x01e\x01f\x00\x00");
        bytes.extend(b"\x0a\x05\x01\x03\x00\x01\x0b");
        let names = b"\x04name\x01\x21\x02\x00\x01f\x01\x1bonesocket[0123456789]::main";
        bytes.extend([0, u8::try_from(names.len()).unwrap()]);
        bytes.extend(names);
        bytes
    }

    #[test]
    fn functions_have_names_and_sizes() {
        let module = Module::parse(module()).unwrap();
        let functions: Vec<_> = module.functions().collect();
        assert_eq!(functions, [("onesocket::main", 4)]);
        let sections: Vec<_> = module.sections().collect();
        assert_eq!(sections, [("imports", 7), ("code", 5)]);
        assert_eq!(module.without_names().len(), 8 + 9 + 7);
        assert_eq!(module.engine(), None);
    }

    #[test]
    fn what_is_cut_off_is_no_module() {
        let whole = module();
        for length in 0..whole.len() {
            let cut = Module::parse(whole[..length].to_vec());
            // Between sections there is nothing to notice.
            assert!(cut.is_none() || [8, 17, 24].contains(&length), "{length}");
        }
    }

    #[test]
    fn hashes_are_left_out_of_names() {
        assert_eq!(legible("<core[e24a27700634d609]::A>::b"), "<core::A>::b");
        assert_eq!(legible("a::b::h0123456789abcdef"), "a::b");
        assert_eq!(legible("<[T] as A>::b"), "<[T] as A>::b");
    }
}
