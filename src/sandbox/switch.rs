//! Gives a module stacks to switch between, one for each thread.
//!
//! The guest's C code (`wasm-python/platform/threads/threads.c`) schedules threads; what it cannot say in C is WebAssembly's stack
//! switching. It imports three functions for that. This pass adds functions that do it, and makes each call of an import
//! one of the added function. With them come a tag, and a table of continuations, which only these few functions touch: a
//! thread is its index there. Nothing that an attacker writes is WebAssembly, so the proposal's instructions are nowhere
//! else.
//!
//! | import | what takes its place |
//! |---|---|
//! | `create(slot) -> i32` | makes a continuation for the slot that runs the guest's `wasmlam_thread` again and again, and suspends in between: 0, or -1 when the table cannot grow |
//! | `resume(slot, stack)` | goes on with it until it suspends. `stack` is `__stack_pointer` where it begins; one that was suspended restores its own |
//! | `suspend()` | goes back to who resumed the calling continuation |
//!
//! A continuation is the one part of a guest's state that is outside of its memory, so an image can have none. The guest
//! sees to that: at the end of an init it takes its threads off their stacks (`capture` in threads.c). One that was not
//! is a hole in the table, and to resume it is a trap.
//!
//! wasmtime has stack switching on x86-64 only. Elsewhere `create` says that there is none, and the guest's
//! `pthread_create` says `EAGAIN`: a function that starts no thread notices nothing.

use std::convert::Infallible;

use wasm_encoder::reencode::{self, Reencode, utils};
use wasm_encoder::{
    BlockType, CodeSection, ContType, Elements, Function, FunctionSection, Handle, HeapType, Instruction, Module, RefType, SectionId,
    TableSection, TableType, TagKind, TagSection, TagType, TypeSection, ValType,
};
use wasmparser::{Parser, Payload, TypeRef};

use super::split::STACK_POINTER;

/// Whether the sandbox's machine code can switch stacks.
pub(crate) const AVAILABLE: bool = cfg!(all(target_arch = "x86_64", target_os = "linux"));
/// The module that the guest imports the functions from.
pub(crate) const MODULE: &str = "wasmlam_threads";
/// The functions, in the order in which they are added.
const NAMES: [&str; 3] = ["create", "resume", "suspend"];
/// What the guest exports for continuations to run.
const BODY: &str = "wasmlam_thread";
/// Threads at once, without the main one: as many as Lambda has. `platform/threads/threads.c` counts them.
const MOST_THREADS: u64 = 1024;
/// Slots that the table grows by.
const STEP: i32 = 16;

type Error = reencode::Error<Infallible>;

/// Why a module cannot be given stacks.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SwitchError {
    #[error("it is not valid WebAssembly: {0}")]
    Invalid(#[from] wasmparser::BinaryReaderError),
    #[error("it imports {MODULE}, but {0}")]
    Unfit(&'static str),
    #[error("it cannot be written: {0}")]
    Written(#[from] Error),
}

/// What the pass has to know of a module.
#[derive(Debug, Default)]
struct Layout {
    types: u32,
    functions: u32,
    tables: u32,
    has_tags: bool,
    imports: [Option<u32>; NAMES.len()],
    body: Option<u32>,
    stack_pointer: Option<u32>,
}

impl Layout {
    #[expect(clippy::wildcard_enum_match_arm, reason = "only what is counted is named")]
    fn of(wasm: &[u8]) -> Result<Self, wasmparser::BinaryReaderError> {
        let mut layout = Self::default();
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::TypeSection(groups) => {
                    for group in groups {
                        layout.types += u32::try_from(group?.types().len()).unwrap_or(u32::MAX);
                    }
                }
                Payload::ImportSection(reader) => {
                    for import in reader.into_imports() {
                        let import = import?;
                        if import.module == MODULE
                            && let Some(place) = NAMES.iter().position(|name| *name == import.name)
                        {
                            layout.imports[place] = Some(layout.functions);
                        }
                        layout.functions += u32::from(matches!(import.ty, TypeRef::Func(_)));
                    }
                }
                Payload::FunctionSection(reader) => layout.functions += reader.count(),
                Payload::TableSection(reader) => layout.tables += reader.count(),
                Payload::TagSection(_) => layout.has_tags = true,
                Payload::ExportSection(reader) => {
                    for export in reader {
                        let export = export?;
                        match export.name {
                            BODY => layout.body = Some(export.index),
                            STACK_POINTER => layout.stack_pointer = Some(export.index),
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(layout)
    }
}

/// The module with functions in place of its imports of [`MODULE`]; a module without such imports comes back as it is.
///
/// # Errors
/// When it is no module, or not one that threads can run in.
pub(crate) fn add(wasm: Vec<u8>) -> Result<Vec<u8>, SwitchError> {
    let layout = Layout::of(&wasm)?;
    if layout.imports.iter().all(Option::is_none) {
        return Ok(wasm);
    }
    let (Some(body), Some(stack_pointer)) = (layout.body, layout.stack_pointer) else {
        return Err(SwitchError::Unfit("does not export what threads run and their stack pointer"));
    };
    if layout.has_tags {
        return Err(SwitchError::Unfit("has tags of its own"));
    }
    let mut module = Module::new();
    let mut pass = Pass {
        function_type: layout.types,
        imports: layout.imports,
        functions: layout.functions,
        table: layout.tables,
        has_elements: false,
        body,
        stack_pointer,
    };
    pass.parse_core_module(&mut module, Parser::new(0), &wasm)?;
    if !pass.has_elements {
        return Err(SwitchError::Unfit("has no table elements"));
    }
    Ok(module.finish())
}

struct Pass {
    /// Of the types that are added: `[] -> []`, its continuation, `[i32] -> [i32]`, `[i32 i32] -> []`.
    function_type: u32,
    imports: [Option<u32>; NAMES.len()],
    /// The first function that is added; the fourth one is what continuations run.
    functions: u32,
    table: u32,
    has_elements: bool,
    body: u32,
    stack_pointer: u32,
}

impl Pass {
    fn continuation_type(&self) -> u32 {
        self.function_type + 1
    }

    fn loop_function(&self) -> u32 {
        self.functions + 3
    }

    fn continuation(&self, nullable: bool) -> RefType {
        RefType { nullable, heap_type: HeapType::Concrete(self.continuation_type()) }
    }

    fn create(&self) -> Function {
        if !AVAILABLE {
            return function([], [Instruction::I32Const(-1)]);
        }
        let (slot, table) = (0, self.table);
        function(
            [],
            [
                Instruction::LocalGet(slot),
                Instruction::TableSize(table),
                Instruction::I32GeU,
                Instruction::If(BlockType::Empty),
                Instruction::RefNull(HeapType::Concrete(self.continuation_type())),
                Instruction::I32Const(STEP),
                Instruction::TableGrow(table),
                Instruction::I32Const(-1),
                Instruction::I32Eq,
                Instruction::If(BlockType::Empty),
                Instruction::I32Const(-1),
                Instruction::Return,
                Instruction::End,
                Instruction::End,
                Instruction::LocalGet(slot),
                Instruction::RefFunc(self.loop_function()),
                Instruction::ContNew(self.continuation_type()),
                Instruction::TableSet(table),
                Instruction::I32Const(0),
            ],
        )
    }

    fn resume(&self) -> Function {
        if !AVAILABLE {
            return function([], [Instruction::Unreachable]);
        }
        let (slot, stack, own_stack, continuation, table) = (0, 1, 2, 3, self.table);
        function(
            [(1, ValType::I32), (1, ValType::Ref(self.continuation(true)))],
            [
                Instruction::GlobalGet(self.stack_pointer),
                Instruction::LocalSet(own_stack),
                Instruction::LocalGet(stack),
                Instruction::GlobalSet(self.stack_pointer),
                Instruction::Block(BlockType::Result(ValType::Ref(self.continuation(false)))),
                Instruction::LocalGet(slot),
                Instruction::TableGet(table),
                Instruction::Resume {
                    cont_type_index: self.continuation_type(),
                    resume_table: vec![Handle::OnLabel { tag: 0, label: 0 }].into(),
                },
                Instruction::Unreachable, // what it runs does not end
                Instruction::End,
                Instruction::LocalSet(continuation),
                Instruction::LocalGet(slot),
                Instruction::LocalGet(continuation),
                Instruction::TableSet(table),
                Instruction::LocalGet(own_stack),
                Instruction::GlobalSet(self.stack_pointer),
            ],
        )
    }

    fn suspend(&self) -> Function {
        if !AVAILABLE {
            return function([], [Instruction::Unreachable]);
        }
        let own_stack = 0;
        function(
            [(1, ValType::I32)],
            [
                Instruction::GlobalGet(self.stack_pointer),
                Instruction::LocalSet(own_stack),
                Instruction::Suspend(0),
                Instruction::LocalGet(own_stack),
                Instruction::GlobalSet(self.stack_pointer),
            ],
        )
    }

    /// Runs thread after thread. The stack pointer is the one that it was resumed with: the last thread's stack is gone.
    fn threads(&self) -> Function {
        if !AVAILABLE {
            return function([], []);
        }
        function(
            [],
            [
                Instruction::Loop(BlockType::Empty),
                Instruction::Call(self.body),
                Instruction::Suspend(0),
                Instruction::Br(0),
                Instruction::End,
            ],
        )
    }
}

fn function<const LOCALS: usize, const N: usize>(locals: [(u32, ValType); LOCALS], instructions: [Instruction<'_>; N]) -> Function {
    let mut function = Function::new(locals);
    for instruction in &instructions {
        function.instruction(instruction);
    }
    function.instruction(&Instruction::End);
    function
}

impl Reencode for Pass {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, Error> {
        let place = (self.functions..).zip(self.imports).find(|(_, import)| *import == Some(function));
        Ok(place.map_or(function, |(added, _)| added))
    }

    fn parse_type_section(&mut self, types: &mut TypeSection, section: wasmparser::TypeSectionReader<'_>) -> Result<(), Error> {
        utils::parse_type_section(self, types, section)?;
        types.ty().function([], []);
        if AVAILABLE {
            types.ty().cont(&ContType(self.function_type));
        } else {
            types.ty().function([], []);
        }
        types.ty().function([ValType::I32], [ValType::I32]);
        types.ty().function([ValType::I32, ValType::I32], []);
        Ok(())
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: wasmparser::FunctionSectionReader<'_>,
    ) -> Result<(), Error> {
        utils::parse_function_section(self, functions, section)?;
        for added in [2, 3, 0, 0] {
            functions.function(self.function_type + added);
        }
        Ok(())
    }

    fn parse_table_section(&mut self, tables: &mut TableSection, section: wasmparser::TableSectionReader<'_>) -> Result<(), Error> {
        utils::parse_table_section(self, tables, section)?;
        if AVAILABLE {
            // Empty until a thread starts, so that a sandbox without threads has nothing to make.
            let element_type = self.continuation(true);
            tables.table(TableType { element_type, minimum: 0, maximum: Some(MOST_THREADS), table64: false, shared: false });
        }
        Ok(())
    }

    fn intersperse_section_hook(&mut self, module: &mut Module, _after: Option<SectionId>, before: Option<SectionId>) -> Result<(), Error> {
        if AVAILABLE && before == Some(SectionId::Global) {
            let mut tags = TagSection::new();
            tags.tag(TagType { kind: TagKind::Exception, func_type_idx: self.function_type });
            module.section(&tags);
        }
        Ok(())
    }

    fn parse_element_section(
        &mut self,
        elements: &mut wasm_encoder::ElementSection,
        section: wasmparser::ElementSectionReader<'_>,
    ) -> Result<(), Error> {
        utils::parse_element_section(self, elements, section)?;
        elements.declared(Elements::Functions(vec![self.loop_function()].into())); // so that `ref.func` may name it
        self.has_elements = true;
        Ok(())
    }

    fn parse_code_section(&mut self, code: &mut CodeSection, section: wasmparser::CodeSectionReader<'_>) -> Result<(), Error> {
        utils::parse_code_section(self, code, section)?;
        for function in [self.create(), self.resume(), self.suspend(), self.threads()] {
            code.function(&function);
        }
        Ok(())
    }
}

/// The imports are there still, though nothing calls them.
pub(crate) fn add_to_linker<T: 'static>(linker: &mut wasmtime::Linker<T>) -> wasmtime::Result<()> {
    linker.func_wrap(MODULE, NAMES[0], |_: i32| -> i32 { -1 })?;
    linker.func_wrap(MODULE, NAMES[1], |_: i32, _: i32| {})?;
    linker.func_wrap(MODULE, NAMES[2], || {})?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use wasmtime::{Config, Engine, Instance, Linker, Module as Compiled, Store, Trap};

    use super::*;

    /// Threads count how often they had their turn, at address 4 times their number, and suspend in a function that calls
    /// itself nine times before. The number comes from address 0; the stack pointer says on which stack each is.
    fn guest() -> Vec<u8> {
        use wasm_encoder::{ConstExpr, ElementSection, EntityType, ExportKind, ExportSection, GlobalSection, GlobalType, ImportSection};
        use wasm_encoder::{MemArg, MemorySection, MemoryType};
        let at = |offset: u64| MemArg { offset, align: 2, memory_index: 0 };
        let mut types = TypeSection::new();
        types.ty().function([], []);
        types.ty().function([ValType::I32], [ValType::I32]);
        types.ty().function([ValType::I32, ValType::I32], []);
        types.ty().function([ValType::I32], []);
        let mut imports = ImportSection::new();
        for (name, kind) in NAMES.iter().zip([1, 2, 0]) {
            imports.import(MODULE, name, EntityType::Function(kind));
        }
        let mut functions = FunctionSection::new();
        functions.function(0).function(3).function(1).function(2);
        let mut tables = TableSection::new();
        tables.table(TableType { element_type: RefType::FUNCREF, minimum: 1, maximum: None, table64: false, shared: false });
        let mut memories = MemorySection::new();
        memories.memory(MemoryType { minimum: 1, maximum: None, memory64: false, shared: false, page_size_log2: None });
        let mut globals = GlobalSection::new();
        globals.global(GlobalType { val_type: ValType::I32, mutable: true, shared: false }, &ConstExpr::i32_const(1024));
        let (body, dive) = (3, 4);
        let mut exports = ExportSection::new();
        exports.export(BODY, ExportKind::Func, body).export("create", ExportKind::Func, 5).export("resume", ExportKind::Func, 6);
        exports.export(STACK_POINTER, ExportKind::Global, 0).export("memory", ExportKind::Memory, 0);
        let mut elements = ElementSection::new();
        elements.active(None, &ConstExpr::i32_const(0), Elements::Functions(vec![body].into()));
        let count_a_turn = [
            Instruction::I32Const(0),
            Instruction::I32Load(at(0)),
            Instruction::I32Const(0),
            Instruction::I32Load(at(0)),
            Instruction::I32Load(at(0)),
            Instruction::I32Const(1),
            Instruction::I32Add,
            Instruction::I32Store(at(0)),
        ];
        let mut code = CodeSection::new();
        let mut run = Function::new([]);
        for instruction in count_a_turn.iter().chain(&[Instruction::I32Const(9), Instruction::Call(dive)]).chain(&count_a_turn) {
            run.instruction(instruction);
        }
        run.instruction(&Instruction::End);
        code.function(&run);
        code.function(&function(
            [],
            [
                Instruction::GlobalGet(0),
                Instruction::I32Const(16),
                Instruction::I32Sub,
                Instruction::GlobalSet(0),
                Instruction::LocalGet(0),
                Instruction::I32Eqz,
                Instruction::If(BlockType::Empty),
                Instruction::Call(2), // suspend
                Instruction::Else,
                Instruction::LocalGet(0),
                Instruction::I32Const(1),
                Instruction::I32Sub,
                Instruction::Call(dive),
                Instruction::End,
                Instruction::GlobalGet(0),
                Instruction::I32Const(16),
                Instruction::I32Add,
                Instruction::GlobalSet(0),
            ],
        ));
        code.function(&function([], [Instruction::LocalGet(0), Instruction::Call(0)]));
        code.function(&function([], [Instruction::LocalGet(0), Instruction::LocalGet(1), Instruction::Call(1)]));
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&functions).section(&tables).section(&memories).section(&globals);
        module.section(&exports).section(&elements).section(&code);
        module.finish()
    }

    struct Guest {
        store: Store<()>,
        instance: Instance,
    }

    impl Guest {
        fn new() -> Self {
            let mut config = Config::new();
            config.wasm_function_references(true).wasm_exceptions(true).wasm_stack_switching(true);
            let engine = Engine::new(&config).expect("an engine");
            let module = Compiled::new(&engine, add(guest()).expect("is given stacks")).expect("compiles");
            let (mut store, mut linker) = (Store::new(&engine, ()), Linker::new(&engine));
            add_to_linker(&mut linker).expect("once");
            let instance = linker.instantiate(&mut store, &module).expect("instantiates");
            Self { store, instance }
        }

        fn create(&mut self, slot: i32) -> i32 {
            let create = self.instance.get_typed_func::<i32, i32>(&mut self.store, "create").expect("exported");
            create.call(&mut self.store, slot).expect("no trap")
        }

        fn resume(&mut self, slot: i32, number: u32) -> Result<(), Trap> {
            let memory = self.instance.get_memory(&mut self.store, "memory").expect("exported");
            memory.write(&mut self.store, 0, &(4 * number).to_le_bytes()).expect("in bounds");
            let resume = self.instance.get_typed_func::<(i32, i32), ()>(&mut self.store, "resume").expect("exported");
            resume.call(&mut self.store, (slot, 4096 * (slot + 1))).map_err(|error| *error.downcast_ref().expect("a trap"))
        }

        fn turns(&mut self, number: usize) -> u8 {
            self.instance.get_memory(&mut self.store, "memory").expect("exported").data(&self.store)[4 * number]
        }

        fn stack_pointer(&mut self) -> i32 {
            let global = self.instance.get_global(&mut self.store, STACK_POINTER).expect("exported");
            global.get(&mut self.store).i32().expect("a number")
        }
    }

    #[test]
    fn threads_take_turns_and_leave_their_continuation_to_the_next() {
        if !AVAILABLE {
            return;
        }
        let mut guest = Guest::new();
        for slot in 0..20 {
            assert_eq!(guest.create(slot), 0);
        }
        for slot in [0, 19, 7] {
            let number = u32::try_from(slot).expect("small") + 1;
            guest.resume(slot, number).expect("suspends in its depths");
            assert_eq!((guest.turns(number as usize), guest.stack_pointer()), (1, 1024));
        }
        for (slot, number) in [(7, 8), (0, 1)] {
            guest.resume(slot, number).expect("ends");
            assert_eq!((guest.turns(number as usize), guest.stack_pointer()), (2, 1024), "it went on where it was");
        }
        guest.resume(7, 30).expect("the next thread begins where that one has ended");
        assert_eq!((guest.turns(30), guest.stack_pointer()), (1, 1024));
    }

    #[test]
    fn there_are_no_more_than_a_lambda_function_has_and_a_hole_is_a_trap() {
        if !AVAILABLE {
            return;
        }
        let mut guest = Guest::new();
        assert_eq!(guest.resume(0, 1), Err(Trap::TableOutOfBounds));
        let made = (0..2000).take_while(|slot| guest.create(*slot) == 0).count();
        assert_eq!(made as u64, MOST_THREADS);
        let mut guest = Guest::new();
        assert_eq!(guest.create(3), 0);
        assert_eq!(guest.resume(2, 1), Err(Trap::NullReference));
    }

    #[test]
    fn a_module_without_threads_stays_as_it_is_and_half_of_one_is_refused() {
        let plain = Module::new().finish();
        assert_eq!(add(plain.clone()).expect("nothing to do"), plain);
        let mut imports = wasm_encoder::ImportSection::new();
        imports.import(MODULE, "suspend", wasm_encoder::EntityType::Function(0));
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut module = Module::new();
        module.section(&types).section(&imports);
        let error = add(module.finish()).expect_err("refused").to_string();
        assert!(error.contains("does not export"), "{error}");
    }
}
