//! Long fills and copies in parts, so that a deadline can come between them.
//!
//! wasmtime does `memory.fill` and `memory.copy` in one call of the host, during which no epoch is looked at. A gigabyte
//! takes a second where each page is touched for the first time, and a guest can begin one just before its deadline. So
//! each of these instructions whose length is not known to be short becomes a call of a function that does it by parts of
//! 1 MiB in a loop, and a loop looks at the epoch.

use std::ops::Range;

use wasm_encoder::{BlockType, Encode, Function, Instruction, Module, RawSection, ValType};
use wasmparser::{BinaryReaderError, FunctionBody, Operator, Parser, Payload, TypeRef};

/// Bytes of a part. The largest power of two whose first touch of 256 pages stays well below a millisecond.
const PART: i32 = 1 << 20;

/// The module with its long fills and copies in parts.
///
/// # Errors
/// When the module is not valid.
pub(crate) fn in_parts(wasm: &[u8]) -> Result<Vec<u8>, BinaryReaderError> {
    let mut module = Module::new();
    // What is added is behind all that is there, so that nothing else gets another number.
    let (mut types, mut imported) = (0, 0);
    let mut code = Section { count: 0, items: Vec::new() };
    let mut left = 0;
    let mut added = Added { fill: 0, copy: 0 };
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        #[expect(clippy::wildcard_enum_match_arm, reason = "a section that is not named here is copied as it is")]
        match &payload {
            Payload::TypeSection(section) => {
                let mut new = Section::of(section.count(), &wasm[section.original_position()..section.range().end]);
                for group in section.clone() {
                    types += u32::try_from(group?.types().len()).unwrap_or(u32::MAX);
                }
                new.items.push(0x60); // a function
                [ValType::I32; 3].encode(&mut new.items);
                0_u32.encode(&mut new.items);
                new.count += 1;
                new.write(&mut module, 1);
                continue;
            }
            Payload::ImportSection(section) => {
                for import in section.clone().into_imports() {
                    imported += u32::from(matches!(import?.ty, TypeRef::Func(_) | TypeRef::FuncExact(_)));
                }
            }
            Payload::FunctionSection(section) => {
                let first = imported + section.count();
                added = Added { fill: first, copy: first + 1 };
                let mut new = Section::of(section.count(), &wasm[section.original_position()..section.range().end]);
                types.encode(&mut new.items);
                types.encode(&mut new.items);
                new.count += 2;
                new.write(&mut module, 3);
                continue;
            }
            Payload::CodeSectionStart { count, .. } => {
                left = *count;
                continue;
            }
            Payload::CodeSectionEntry(body) => {
                added.body(wasm, body)?.encode(&mut code.items);
                code.count += 1;
                left -= 1;
                if left == 0 {
                    for function in [fill(), copy()] {
                        function.encode(&mut code.items);
                        code.count += 1;
                    }
                    code.write(&mut module, 10);
                }
                continue;
            }
            _ => {}
        }
        if let Some((id, range)) = payload.as_section() {
            module.section(&RawSection { id, data: &wasm[range] });
        }
    }
    Ok(module.finish())
}

/// The items of a section, as they are encoded, and how many they are.
struct Section {
    count: u32,
    items: Vec<u8>,
}

impl Section {
    fn of(count: u32, items: &[u8]) -> Self {
        Self { count, items: items.to_vec() }
    }

    fn write(&self, module: &mut Module, id: u8) {
        let mut data = Vec::with_capacity(self.items.len() + 5);
        self.count.encode(&mut data);
        data.extend_from_slice(&self.items);
        module.section(&RawSection { id, data: &data });
    }
}

/// The numbers of the functions that are added.
struct Added {
    fill: u32,
    copy: u32,
}

impl Added {
    /// A function's bytes, in which long fills and copies are calls.
    fn body(&self, wasm: &[u8], body: &FunctionBody<'_>) -> Result<Vec<u8>, BinaryReaderError> {
        let Range { start, end } = body.range();
        let mut bytes = Vec::with_capacity(end - start);
        let mut reader = body.get_operators_reader()?;
        let (mut copied, mut is_short) = (start, false);
        while !reader.eof() {
            let at = reader.original_position();
            let operator = reader.read()?;
            // A length that is written in the code is left alone: wasmtime turns small ones into plain loads and stores.
            let was_short =
                std::mem::replace(&mut is_short, matches!(operator, Operator::I32Const { value } if (0..=PART).contains(&value)));
            #[expect(clippy::wildcard_enum_match_arm, reason = "two of six hundred instructions")]
            let function = match operator {
                Operator::MemoryFill { mem: 0 } if !was_short => self.fill,
                Operator::MemoryCopy { src_mem: 0, dst_mem: 0 } if !was_short => self.copy,
                _ => continue,
            };
            bytes.extend_from_slice(&wasm[copied..at]);
            Instruction::Call(function).encode(&mut bytes);
            copied = reader.original_position();
        }
        bytes.extend_from_slice(&wasm[copied..end]);
        Ok(bytes)
    }
}

/// Whether `local` and `length` lie in the memory; if not, the whole is left to one instruction, which then writes nothing
/// and traps.
fn in_bounds(function: &mut Function, local: u32, length: u32) {
    function
        .instruction(&Instruction::LocalGet(local))
        .instruction(&Instruction::I64ExtendI32U)
        .instruction(&Instruction::LocalGet(length))
        .instruction(&Instruction::I64ExtendI32U)
        .instruction(&Instruction::I64Add)
        .instruction(&Instruction::MemorySize(0))
        .instruction(&Instruction::I64ExtendI32U)
        .instruction(&Instruction::I64Const(16))
        .instruction(&Instruction::I64Shl)
        .instruction(&Instruction::I64LeU);
}

/// Whether more than a part is left.
fn is_long(function: &mut Function, length: u32) {
    function.instruction(&Instruction::LocalGet(length)).instruction(&Instruction::I32Const(PART)).instruction(&Instruction::I32GtU);
}

fn add(function: &mut Function, local: u32, number: i32) {
    function
        .instruction(&Instruction::LocalGet(local))
        .instruction(&Instruction::I32Const(number))
        .instruction(&Instruction::I32Add)
        .instruction(&Instruction::LocalSet(local));
}

/// `(target, value, length)`.
fn fill() -> Function {
    let (target, value, length) = (0, 1, 2);
    let mut function = Function::new([]);
    is_long(&mut function, length);
    function.instruction(&Instruction::If(BlockType::Empty));
    in_bounds(&mut function, target, length);
    function
        .instruction(&Instruction::If(BlockType::Empty))
        .instruction(&Instruction::Loop(BlockType::Empty))
        .instruction(&Instruction::LocalGet(target))
        .instruction(&Instruction::LocalGet(value))
        .instruction(&Instruction::I32Const(PART))
        .instruction(&Instruction::MemoryFill(0));
    add(&mut function, target, PART);
    add(&mut function, length, -PART);
    is_long(&mut function, length);
    function
        .instruction(&Instruction::BrIf(0))
        .instruction(&Instruction::End)
        .instruction(&Instruction::End)
        .instruction(&Instruction::End)
        .instruction(&Instruction::LocalGet(target))
        .instruction(&Instruction::LocalGet(value))
        .instruction(&Instruction::LocalGet(length))
        .instruction(&Instruction::MemoryFill(0))
        .instruction(&Instruction::End);
    function
}

/// `(target, source, length)`. Where they overlap, the parts go in the direction in which each one reads what no other
/// has written.
fn copy() -> Function {
    let (target, source, length) = (0, 1, 2);
    let whole = Instruction::MemoryCopy { src_mem: 0, dst_mem: 0 };
    let mut function = Function::new([]);
    is_long(&mut function, length);
    function.instruction(&Instruction::If(BlockType::Empty));
    in_bounds(&mut function, target, length);
    in_bounds(&mut function, source, length);
    function
        .instruction(&Instruction::I32And)
        .instruction(&Instruction::If(BlockType::Empty))
        .instruction(&Instruction::LocalGet(target))
        .instruction(&Instruction::LocalGet(source))
        .instruction(&Instruction::I32LeU)
        .instruction(&Instruction::If(BlockType::Empty))
        .instruction(&Instruction::Loop(BlockType::Empty))
        .instruction(&Instruction::LocalGet(target))
        .instruction(&Instruction::LocalGet(source))
        .instruction(&Instruction::I32Const(PART))
        .instruction(&whole);
    add(&mut function, target, PART);
    add(&mut function, source, PART);
    add(&mut function, length, -PART);
    is_long(&mut function, length);
    function
        .instruction(&Instruction::BrIf(0))
        .instruction(&Instruction::End)
        .instruction(&Instruction::Else)
        .instruction(&Instruction::Loop(BlockType::Empty));
    add(&mut function, length, -PART);
    for start in [target, source] {
        function.instruction(&Instruction::LocalGet(start)).instruction(&Instruction::LocalGet(length)).instruction(&Instruction::I32Add);
    }
    function.instruction(&Instruction::I32Const(PART)).instruction(&whole);
    is_long(&mut function, length);
    function
        .instruction(&Instruction::BrIf(0))
        .instruction(&Instruction::End)
        .instruction(&Instruction::End)
        .instruction(&Instruction::End)
        .instruction(&Instruction::End)
        .instruction(&Instruction::LocalGet(target))
        .instruction(&Instruction::LocalGet(source))
        .instruction(&Instruction::LocalGet(length))
        .instruction(&whole)
        .instruction(&Instruction::End);
    function
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_encoder::{CodeSection, ExportKind, ExportSection, FunctionSection, MemorySection, MemoryType, TypeSection};
    use wasmtime::{Config, Engine, Instance, Store};

    const PAGES: u64 = 64;

    /// A module with one function of `(target, value or source, length)` for each instruction.
    fn module(long: bool) -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([ValType::I32; 3], []);
        let mut functions = FunctionSection::new();
        let mut code = CodeSection::new();
        let mut exports = ExportSection::new();
        for (i, (name, instruction)) in
            [("fill", Instruction::MemoryFill(0)), ("copy", Instruction::MemoryCopy { src_mem: 0, dst_mem: 0 })].into_iter().enumerate()
        {
            functions.function(0);
            let mut function = Function::new([]);
            function.instruction(&Instruction::LocalGet(0)).instruction(&Instruction::LocalGet(1));
            function.instruction(&if long { Instruction::LocalGet(2) } else { Instruction::I32Const(PART) });
            function.instruction(&instruction).instruction(&Instruction::End);
            code.function(&function);
            exports.export(name, ExportKind::Func, u32::try_from(i).expect("small"));
        }
        let mut memories = MemorySection::new();
        memories.memory(MemoryType { minimum: PAGES, maximum: None, memory64: false, shared: false, page_size_log2: None });
        exports.export("memory", ExportKind::Memory, 0);
        let mut module = Module::new();
        module.section(&types).section(&functions).section(&memories).section(&exports).section(&code);
        module.finish()
    }

    /// The memory after the call, and whether it trapped.
    fn memory_after(wasm: &[u8], name: &str, arguments: (i32, i32, i32)) -> (Vec<u8>, bool) {
        let engine = Engine::default();
        let mut store = Store::new(&engine, ());
        let module = wasmtime::Module::new(&engine, wasm).expect("a module");
        let instance = Instance::new(&mut store, &module, &[]).expect("no imports");
        let memory = instance.get_memory(&mut store, "memory").expect("exported");
        for (i, byte) in memory.data_mut(&mut store).iter_mut().enumerate() {
            *byte = u8::try_from(i % 251).expect("small");
        }
        let function = instance.get_typed_func::<(i32, i32, i32), ()>(&mut store, name).expect("of this type");
        let trapped = function.call(&mut store, arguments).is_err();
        (memory.data(&store).to_vec(), trapped)
    }

    #[test]
    fn parts_do_what_the_whole_does() {
        let whole = module(true);
        let parts = in_parts(&whole).expect("valid");
        wasmparser::validate(&parts).expect("still a module");
        assert_ne!(whole, parts);
        let end = i32::try_from(PAGES * 65536).expect("small");
        for length in [0, 1, PART - 1, PART, PART + 1, 2 * PART, 2 * PART + 7, 3 * PART, end, end + 1, -1] {
            for target in [0, 5, PART, end - PART, end, -1] {
                assert_eq!(
                    memory_after(&whole, "fill", (target, 0x1ff, length)),
                    memory_after(&parts, "fill", (target, 0x1ff, length)),
                    "fill {target} {length}"
                );
                // Forwards and backwards over itself, by less than a part and by more.
                for source in [target - PART - 3, target - 3, target, target + 3, target + PART + 3] {
                    assert_eq!(
                        memory_after(&whole, "copy", (target, source, length)),
                        memory_after(&parts, "copy", (target, source, length)),
                        "copy {target} {source} {length}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_deadline_comes_between_parts() {
        let mut config = Config::new();
        config.epoch_interruption(true);
        let engine = Engine::new(&config).expect("an engine");
        let looks = |wasm: &[u8]| {
            let mut store = Store::new(&engine, 0_u32);
            store.set_epoch_deadline(0);
            store.epoch_deadline_callback(|mut context| {
                *context.data_mut() += 1;
                Ok(wasmtime::UpdateDeadline::Continue(0))
            });
            let module = wasmtime::Module::new(&engine, wasm).expect("a module");
            let instance = Instance::new(&mut store, &module, &[]).expect("no imports");
            let function = instance.get_typed_func::<(i32, i32, i32), ()>(&mut store, "fill").expect("of this type");
            function.call(&mut store, (0, 1, 4 * PART)).expect("in bounds");
            *store.data()
        };
        let (whole, parts) = (looks(&module(true)), looks(&in_parts(&module(true)).expect("valid")));
        assert!(parts >= whole + 3, "{parts} looks by parts, {whole} without");
    }

    #[test]
    fn a_length_that_is_known_to_be_short_is_left_alone() {
        let calls = |wasm: &[u8]| {
            let bodies = Parser::new(0).parse_all(wasm).filter_map(|payload| match payload {
                Ok(Payload::CodeSectionEntry(body)) => Some(body),
                _ => None,
            });
            let is_call = |operator: Result<wasmparser::Operator<'_>, _>| matches!(operator, Ok(wasmparser::Operator::Call { .. }));
            bodies
                .map(|body| body.get_operators_reader().expect("valid").into_iter().filter(|operator| is_call(operator.clone())).count())
                .sum::<usize>()
        };
        assert_eq!(calls(&in_parts(&module(true)).expect("valid")), 2);
        assert_eq!(calls(&in_parts(&module(false)).expect("valid")), 0);
    }
}
