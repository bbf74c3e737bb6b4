/* The reactor's own entry points: what the host calls, and nothing else.
 *
 *   _initialize        made by the linker: constructors of libc
 *   wasmlam_boot       starts CPython and imports the guest runtime          -> image 1
 *   wasmlam_init       reads an Init frame, loads the function               -> image 2
 *   wasmlam_reseed     renews what must not be shared by two restores
 *   wasmlam_invoke     reads an Invoke frame, runs the handler, writes the answer's frame
 *
 * A frame comes in on the stdin pipe and goes out on the result pipe (descriptor RESULT_FD, which no Python code is
 * given). Each frame from the host carries a token that is fresh for the call; it is kept here, in C, and the answer
 * must repeat it. Python code that finds the descriptor and writes to it does not know the token, so the host takes
 * nothing from it. src/protocol/frame.rs documents the layout; the constants below are checked against it by a test.
 *
 * Each entry point returns 0 when it has written its frame. Anything else ends the process with an exit status, just as
 * an uncaught exception or sys.exit() ends a Python process; the host tells these apart.
 */
#include <Python.h>
#include <wasi/api.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "modules.h"
#include "signals.h"

/* PYTHON_TAG is `"python3.13"`, from build.sh. */
#define WIDE_LITERAL(text) L##text
#define WIDE(text) WIDE_LITERAL(text)

#define EXPORT(name) __attribute__((export_name(#name), visibility("default"))) int32_t name(void)

#define FRAME_MAGIC "WLAM"
#define FRAME_VERSION 1
#define TOKEN_SIZE 16
#define RESULT_FD 1024
#define EVENT_FD 0

struct frame_header {
    char magic[4];
    uint8_t version;
    uint8_t kind;
    uint16_t zero;
    uint32_t head_size;
    uint32_t body_size;
    uint8_t token[TOKEN_SIZE];
};
_Static_assert(sizeof(struct frame_header) == 32, "the frame header has 32 bytes on both sides");

static uint8_t token[TOKEN_SIZE];
static PyObject *on_init, *on_reseed, *on_invoke;

static int read_exactly(void *buffer, size_t size)
{
    uint8_t *at = buffer;
    while (size > 0) {
        __wasi_iovec_t vector = { .buf = at, .buf_len = size };
        __wasi_size_t got = 0;
        if (__wasi_fd_read(EVENT_FD, &vector, 1, &got) != 0 || got == 0) {
            PyErr_SetString(PyExc_EOFError, "wasmlam: the host's frame ended early");
            return -1;
        }
        at += got;
        size -= got;
    }
    return 0;
}

/* Reads one frame into (kind, head, body). NULL with an exception set when it is not a frame. */
static PyObject *read_frame(void)
{
    struct frame_header header;
    if (read_exactly(&header, sizeof header) < 0)
        return NULL;
    if (memcmp(header.magic, FRAME_MAGIC, 4) != 0 || header.version != FRAME_VERSION)
        return PyErr_Format(PyExc_RuntimeError, "wasmlam: the host speaks another frame format");
    memcpy(token, header.token, TOKEN_SIZE);
    PyObject *head = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)header.head_size);
    PyObject *body = head ? PyBytes_FromStringAndSize(NULL, (Py_ssize_t)header.body_size) : NULL;
    if (!body || read_exactly(PyBytes_AS_STRING(head), header.head_size) < 0 ||
        read_exactly(PyBytes_AS_STRING(body), header.body_size) < 0) {
        Py_XDECREF(head);
        Py_XDECREF(body);
        return NULL;
    }
    return Py_BuildValue("(iNN)", (int)header.kind, head, body);
}

/* Writes (kind, head, body) with the token of the frame that is being answered. */
static int write_frame(PyObject *answer)
{
    int kind;
    const char *head, *body;
    Py_ssize_t head_size, body_size;
    if (!PyArg_ParseTuple(answer, "iy#y#", &kind, &head, &head_size, &body, &body_size))
        return -1;
    struct frame_header header = { .magic = FRAME_MAGIC, .version = FRAME_VERSION, .kind = (uint8_t)kind,
                                   .head_size = (uint32_t)head_size, .body_size = (uint32_t)body_size };
    memcpy(header.token, token, TOKEN_SIZE);
    memset(token, 0, TOKEN_SIZE); /* one answer to a frame */
    __wasi_ciovec_t vectors[3] = {
        { .buf = (const uint8_t *)&header, .buf_len = sizeof header },
        { .buf = (const uint8_t *)head, .buf_len = (size_t)head_size },
        { .buf = (const uint8_t *)body, .buf_len = (size_t)body_size },
    };
    __wasi_size_t written = 0;
    __wasi_errno_t error = __wasi_fd_write(RESULT_FD, vectors, 3, &written);
    if (error != 0 || written != sizeof header + (size_t)head_size + (size_t)body_size) {
        PyErr_Format(PyExc_OSError, "wasmlam: the host did not take the answer (WASI errno %d)", (int)error);
        return -1;
    }
    return 0;
}

/* What a shell shows for SIGKILL: the status by which the host knows that memory ended the process. */
#define STATUS_OUT_OF_MEMORY 137

/* Ends the process as `python` would: SystemExit gives its status, any other exception a traceback and status 1. */
static void end_process(void)
{
    int status = PyErr_ExceptionMatches(PyExc_MemoryError) ? STATUS_OUT_OF_MEMORY : 1;
    PyErr_Print(); /* does not come back from a SystemExit */
    Py_Exit(status);
}

static int32_t answer_with(PyObject *function)
{
    PyObject *frame = read_frame();
    PyObject *answer = frame ? PyObject_CallObject(function, frame) : NULL;
    Py_XDECREF(frame);
    if (!answer || write_frame(answer) < 0)
        end_process();
    Py_DECREF(answer);
    return 0;
}

static void check(PyStatus status)
{
    if (PyStatus_Exception(status))
        Py_ExitStatusException(status);
}

static void start_python(void)
{
    PyImport_AppendInittab("_wasmlam_linux", init_wasmlam_linux);
    PyImport_AppendInittab("_wasmlam_local_time", init_wasmlam_local_time);
    PyImport_AppendInittab("_wasmlam_net", init_wasmlam_net);
    PyImport_AppendInittab("_wasmlam_threads", init_wasmlam_threads);
    PyPreConfig pre;
    PyPreConfig_InitPythonConfig(&pre);
    pre.utf8_mode = 1; /* as Lambda's locale says; the environment is not known yet */
    pre.use_environment = 0;
    check(Py_PreInitialize(&pre));

    PyConfig config;
    PyConfig_InitPythonConfig(&config);
    config.parse_argv = 0;
    config.install_signal_handlers = 1;
    config.pathconfig_warnings = 0;
    check(PyConfig_SetString(&config, &config.program_name, L"/var/lang/bin/" WIDE(PYTHON_TAG)));
    check(PyConfig_SetString(&config, &config.executable, L"/var/lang/bin/" WIDE(PYTHON_TAG)));
    check(PyConfig_SetString(&config, &config.home, L"/var/lang"));
    check(PyConfig_SetString(&config, &config.stdlib_dir, L"/var/lang/lib/" WIDE(PYTHON_TAG))); /* gives frozen modules a __file__ */
    check(PyConfig_SetString(&config, &config.check_hash_pycs_mode, L"never"));
    config.module_search_paths_set = 1;
    check(PyWideStringList_Append(&config.module_search_paths, L"/var/lang/lib/" WIDE(PYTHON_TAG)));
    check(PyWideStringList_Append(&config.module_search_paths, L"/var/runtime"));
    check(PyWideStringList_Append(&config.argv, L"/var/runtime/bootstrap.py"));
    check(Py_InitializeFromConfig(&config));
    PyConfig_Clear(&config);
    /* By this a program can see that its Linux is ours. */
    PyObject *version = PyUnicode_FromString(WASMLAM_VERSION);
    if (!version || PySys_SetObject("_wasmlam", version) < 0)
        end_process();
    Py_DECREF(version);
}

EXPORT(wasmlam_boot)
{
    start_python();
    PyObject *runtime = PyImport_ImportModule("wasmlam_runtime.bootstrap");
    if (!runtime || !(on_init = PyObject_GetAttrString(runtime, "init")) ||
        !(on_reseed = PyObject_GetAttrString(runtime, "reseed")) ||
        !(on_invoke = PyObject_GetAttrString(runtime, "invoke")))
        end_process();
    Py_DECREF(runtime);
    /* A recursion ends where it does on AWS: there this many more frames stand below the handler's. */
    PyThreadState_Get()->py_recursion_remaining -= 3;
    return 0;
}

EXPORT(wasmlam_init)
{
    int32_t done = answer_with(on_init);
    wasmlam_signals_freeze();
    return done;
}

EXPORT(wasmlam_reseed)
{
    wasmlam_threads_go_on();
    PyObject *done = PyObject_CallNoArgs(on_reseed);
    if (!done)
        end_process();
    Py_DECREF(done);
    return 0;
}

EXPORT(wasmlam_invoke)
{
    wasmlam_signals_go_on(); /* where there was no restore */
    return answer_with(on_invoke);
}
