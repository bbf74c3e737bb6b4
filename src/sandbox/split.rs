//! Takes a module apart: its code without data segments, and image 0, the memory those segments make.
//!
//! wasmtime copies data segments at every instantiation, which would overwrite a restored image; so the module that is
//! compiled has none. A module that changes more state than its memory and `__stack_pointer` cannot be restored from
//! memory alone and is refused. What threads need is added after that, by `switch`.

use super::switch::{self, SwitchError};
use wasmparser::{DataKind, ElementKind, ExternalKind, Operator, Parser, Payload, TypeRef};

/// The export through which the host restores the one mutable global.
pub(crate) const STACK_POINTER: &str = "__stack_pointer";
const WASM_PAGE: usize = 65536;
/// No interpreter starts with more; a broken module must not make the host allocate 4 GiB.
const MAX_INITIAL_MEMORY: usize = 256 << 20;

/// What a module is split into.
pub(crate) struct Split {
    /// The module without data.
    pub(crate) code: Vec<u8>,
    /// The memory after the data segments.
    pub(crate) image: Vec<u8>,
    /// The initial value of `__stack_pointer`.
    pub(crate) stack_pointer: i32,
}

/// Why a module cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SplitError {
    #[error("the module is not valid WebAssembly: {0}")]
    Invalid(#[from] wasmparser::BinaryReaderError),
    #[error("the module {0}, which a restore from memory cannot bring back")]
    HasMoreState(String),
    #[error("the module cannot have threads: {0}")]
    Switch(#[from] SwitchError),
}

fn refuse<T>(what: impl Into<String>) -> Result<T, SplitError> {
    Err(SplitError::HasMoreState(what.into()))
}

/// Checks and splits; see the module's comment.
#[expect(clippy::wildcard_enum_match_arm, reason = "a section that is not named here is copied as it is")]
pub(crate) fn split(wasm: &[u8]) -> Result<Split, SplitError> {
    let mut code = wasm_encoder::Module::new();
    let mut image = Vec::new();
    let mut globals: Vec<(bool, Option<i32>)> = Vec::new();
    let mut stack_pointer_index = None;
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        match &payload {
            Payload::ImportSection(reader) => {
                for import in reader.clone().into_imports() {
                    let import = import?;
                    if !matches!(import.ty, TypeRef::Func(_)) {
                        return refuse(format!("imports {} {}, which is no function", import.module, import.name));
                    }
                }
            }
            Payload::MemorySection(reader) => {
                let mut memories = reader.clone().into_iter();
                let (Some(memory), None) = (memories.next().transpose()?, memories.next()) else {
                    return refuse("has more than one memory");
                };
                let size = usize::try_from(memory.initial).unwrap_or(usize::MAX).saturating_mul(WASM_PAGE);
                if memory.memory64 || memory.shared || size > MAX_INITIAL_MEMORY {
                    return refuse(format!("has a memory that is 64-bit, shared or starts above {MAX_INITIAL_MEMORY} bytes"));
                }
                image = vec![0; size];
            }
            Payload::GlobalSection(reader) => {
                for global in reader.clone() {
                    let global = global?;
                    globals.push((global.ty.mutable, constant(&global.init_expr)?));
                }
            }
            Payload::ExportSection(reader) => {
                for export in reader.clone() {
                    let export = export?;
                    if export.name == STACK_POINTER && export.kind == ExternalKind::Global {
                        stack_pointer_index = usize::try_from(export.index).ok();
                    }
                }
            }
            Payload::StartSection { .. } => return refuse("has a start function"),
            Payload::ElementSection(reader) => {
                for element in reader.clone() {
                    match element?.kind {
                        ElementKind::Active { offset_expr, .. } if constant(&offset_expr)?.is_some() => {}
                        ElementKind::Active { .. } => return refuse("has table elements at an offset that is not constant"),
                        ElementKind::Passive => return refuse("has passive table elements"),
                        ElementKind::Declared => {}
                    }
                }
            }
            Payload::CodeSectionEntry(body) => check_code(body)?,
            Payload::DataSection(reader) => {
                for segment in reader.clone() {
                    let segment = segment?;
                    let DataKind::Active { memory_index: 0, offset_expr } = &segment.kind else {
                        return refuse("has passive data");
                    };
                    // A wasm address: an i32 constant read as unsigned.
                    let Some(at) = constant(offset_expr)?.map(|at| at.cast_unsigned() as usize) else {
                        return refuse("has data at an offset that is not constant");
                    };
                    match image.get_mut(at..at.saturating_add(segment.data.len())) {
                        Some(target) => target.copy_from_slice(segment.data),
                        None => return refuse("has data outside of its memory"),
                    }
                }
                continue; // left out of the code
            }
            Payload::DataCountSection { .. } => continue,
            _ => {}
        }
        if let Some((id, range)) = payload.as_section() {
            code.section(&wasm_encoder::RawSection { id, data: &wasm[range] });
        }
    }
    let mutable: Vec<usize> = globals.iter().enumerate().filter(|(_, (mutable, _))| *mutable).map(|(index, _)| index).collect();
    match (mutable.as_slice(), stack_pointer_index) {
        ([only], Some(index)) if *only == index => match globals[index].1 {
            Some(stack_pointer) => Ok(Split { code: switch::add(code.finish())?, image, stack_pointer }),
            None => refuse("does not start its stack pointer with a constant"),
        },
        _ => refuse(format!("has {} mutable globals where only an exported {STACK_POINTER} is known", mutable.len())),
    }
}

/// The value of an initialiser that is one `i32.const`; `None` for any other.
fn constant(expression: &wasmparser::ConstExpr<'_>) -> Result<Option<i32>, SplitError> {
    let mut operators = expression.get_operators_reader();
    let first = operators.read()?;
    let second = operators.read()?;
    Ok(match (first, second) {
        (Operator::I32Const { value }, Operator::End) => Some(value),
        _ => None,
    })
}

/// Refuses instructions that change state outside of memory, or that need the data segments again.
#[expect(clippy::wildcard_enum_match_arm, reason = "six hundred instructions, of which eight are refused")]
fn check_code(body: &wasmparser::FunctionBody<'_>) -> Result<(), SplitError> {
    for operator in body.get_operators_reader()? {
        let name = match operator? {
            Operator::MemoryInit { .. } => "memory.init",
            Operator::DataDrop { .. } => "data.drop",
            Operator::ElemDrop { .. } => "elem.drop",
            Operator::TableSet { .. } => "table.set",
            Operator::TableGrow { .. } => "table.grow",
            Operator::TableInit { .. } => "table.init",
            Operator::TableCopy { .. } => "table.copy",
            Operator::TableFill { .. } => "table.fill",
            _ => continue,
        };
        return refuse(format!("uses {name}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_encoder::{
        CodeSection, ConstExpr, DataSection, ExportKind, ExportSection, Function, FunctionSection, GlobalSection, GlobalType, Instruction,
        MemorySection, MemoryType, Module, StartSection, TypeSection, ValType,
    };

    struct Parts {
        offset: i32,
        extra_global: bool,
        start: bool,
        instruction: Option<Instruction<'static>>,
    }

    fn build(parts: &Parts) -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut functions = FunctionSection::new();
        functions.function(0);
        let mut memories = MemorySection::new();
        memories.memory(MemoryType { minimum: 2, maximum: None, memory64: false, shared: false, page_size_log2: None });
        let mut globals = GlobalSection::new();
        let mutable = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
        globals.global(mutable, &ConstExpr::i32_const(1024));
        if parts.extra_global {
            globals.global(mutable, &ConstExpr::i32_const(0));
        }
        let mut exports = ExportSection::new();
        exports.export(STACK_POINTER, ExportKind::Global, 0);
        let mut code = CodeSection::new();
        let mut function = Function::new([]);
        if let Some(instruction) = &parts.instruction {
            function.instruction(instruction);
        }
        function.instruction(&Instruction::End);
        code.function(&function);
        let mut data = DataSection::new();
        data.active(0, &ConstExpr::i32_const(parts.offset), *b"abc");
        let mut module = Module::new();
        module.section(&types).section(&functions).section(&memories).section(&globals).section(&exports);
        if parts.start {
            module.section(&StartSection { function_index: 0 });
        }
        module.section(&code).section(&data);
        module.finish()
    }

    const PLAIN: Parts = Parts { offset: 8, extra_global: false, start: false, instruction: None };

    #[test]
    fn data_moves_from_the_module_into_the_image() {
        let split = split(&build(&PLAIN)).expect("splits");
        assert_eq!(split.image.len(), 2 * WASM_PAGE);
        assert_eq!(&split.image[..12], b"\0\0\0\0\0\0\0\0abc\0");
        assert_eq!(split.stack_pointer, 1024);
        let has_data = Parser::new(0).parse_all(&split.code).any(|payload| matches!(payload.expect("valid"), Payload::DataSection(_)));
        assert!(!has_data);
        wasmparser::validate(&split.code).expect("still a module");
    }

    #[test]
    fn a_module_with_more_state_is_refused() {
        let cases = [
            (Parts { extra_global: true, ..PLAIN }, "mutable globals"),
            (Parts { start: true, ..PLAIN }, "start function"),
            (Parts { instruction: Some(Instruction::DataDrop(0)), ..PLAIN }, "data.drop"),
            (Parts { offset: 2 * 65536 - 2, ..PLAIN }, "outside of its memory"),
            (Parts { offset: -1, ..PLAIN }, "outside of its memory"),
        ];
        for (parts, want) in cases {
            let error = split(&build(&parts)).err().expect("refused").to_string();
            assert!(error.contains(want), "{error}");
        }
        assert!(split(&build(&Parts { offset: 2 * 65536 - 3, ..PLAIN })).is_ok(), "the last bytes of the memory");
        assert!(matches!(split(b"not wasm"), Err(SplitError::Invalid(_))));
    }
}
