/* The module `_wasmlam_threads`: threads that take turns on the sandbox's one stack. bootstrap/threads.py decides whose
 * turn it is; patches/0003-green-threads.patch lets an evaluation pause.
 *
 *   new(function, ident)    a thread that will call the function, without arguments. It must be a Python function and
 *                           let no exception out.
 *   resume(thread)          runs it until it pauses (False) or ends (True)
 *   pause()                 True after somebody resumed the calling thread; False, at once, where C functions are between
 *                           the caller and the thread's start: their state is on the stack, which others need
 *   on_wait(function)       is called as function(try_lock, seconds) by who waits for a lock; true when it has the lock
 */
#include <Python.h>
#include "modules.h"

extern PyObject *_PyFunction_Vectorcall(PyObject *, PyObject *const *, size_t, PyObject *);

struct thread {
    PyThreadState *state; /* NULL when it has ended */
    struct _PyInterpreterFrame *paused; /* NULL before its first turn */
    PyObject *function;
    unsigned long ident;
};

static const char NAME[] = "wasmlam.thread";

/* A thread that is paused is never given up by the scheduler, so this one has ended or has not begun. */
static void free_thread(PyObject *capsule)
{
    struct thread *thread = PyCapsule_GetPointer(capsule, NAME);
    if (thread->state) {
        PyThreadState_Clear(thread->state);
        PyThreadState_Delete(thread->state);
    }
    Py_DECREF(thread->function);
    PyMem_Free(thread);
}

static PyObject *threads_new(PyObject *module, PyObject *arguments)
{
    PyObject *function;
    unsigned long ident;
    if (!PyArg_ParseTuple(arguments, "O!k", &PyFunction_Type, &function, &ident))
        return NULL;
    struct thread *thread = PyMem_Calloc(1, sizeof *thread);
    PyThreadState *state = thread ? PyThreadState_New(PyInterpreterState_Get()) : NULL;
    PyObject *capsule = state ? PyCapsule_New(thread, NAME, free_thread) : NULL;
    if (!capsule) {
        PyMem_Free(thread);
        return PyErr_NoMemory();
    }
    thread->state = state;
    thread->function = Py_NewRef(function);
    thread->ident = ident;
    return capsule;
}

static PyObject *threads_resume(PyObject *module, PyObject *capsule)
{
    struct thread *thread = PyCapsule_GetPointer(capsule, NAME);
    if (!thread)
        return NULL;
    PyThreadState *caller = PyThreadState_Get(), *state = thread->state;
    unsigned long ident = PyThread_StubIdent;
    state->c_recursion_remaining = caller->c_recursion_remaining; /* one stack */
    PyThreadState_Swap(state);
    PyThread_StubIdent = thread->ident;
    PyObject *result = thread->paused ? PyEval_ResumePaused(state, thread->paused)
                                      : _PyFunction_Vectorcall(thread->function, NULL, 0, NULL);
    thread->paused = PyEval_PausedFrame;
    PyEval_PausedFrame = NULL;
    if (!thread->paused) {
        if (!result)
            PyErr_WriteUnraisable(thread->function);
        Py_XDECREF(result);
        PyThreadState_Clear(state); /* what it kept for the thread is freed under the thread's own ident */
    }
    PyThread_StubIdent = ident;
    PyThreadState_Swap(caller);
    if (thread->paused)
        Py_RETURN_FALSE;
    PyThreadState_Delete(state);
    thread->state = NULL;
    Py_RETURN_TRUE;
}

static PyObject *threads_pause(PyObject *module, PyObject *unused)
{
    return PyBool_FromLong(PyEval_RequestPause(PyThreadState_Get()));
}

static PyObject *on_wait;

struct lock {
    int (*take)(void *);
    void *lock;
};

static PyObject *try_lock(PyObject *capsule, PyObject *unused)
{
    struct lock *lock = PyCapsule_GetPointer(capsule, NULL);
    return PyBool_FromLong(lock->take(lock->lock));
}

static PyLockStatus wait_for_lock(int (*take)(void *), void *wanted, long long nanoseconds)
{
    static PyMethodDef method = { "try_lock", try_lock, METH_NOARGS, NULL };
    struct lock lock = { take, wanted }; /* outlives its capsule's use: who has been called from here cannot pause */
    PyObject *capsule = PyCapsule_New(&lock, NULL, NULL);
    PyObject *ready = capsule ? PyCFunction_New(&method, capsule) : NULL;
    PyObject *got = ready ? PyObject_CallFunction(on_wait, "Od", ready, (double)nanoseconds * 1e-9) : NULL;
    Py_XDECREF(ready);
    Py_XDECREF(capsule);
    if (!got)
        return PY_LOCK_INTR; /* the exception goes on to who waits */
    int has_lock = Py_IsTrue(got);
    Py_DECREF(got);
    return has_lock ? PY_LOCK_ACQUIRED : PY_LOCK_FAILURE;
}

static PyObject *threads_on_wait(PyObject *module, PyObject *function)
{
    Py_XSETREF(on_wait, Py_NewRef(function));
    PyThread_WaitForLock = wait_for_lock;
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    { "new", threads_new, METH_VARARGS, NULL },
    { "resume", threads_resume, METH_O, NULL },
    { "pause", threads_pause, METH_NOARGS, NULL },
    { "on_wait", threads_on_wait, METH_O, NULL },
    { NULL, NULL, 0, NULL },
};

static PyModuleDef module = { PyModuleDef_HEAD_INIT, .m_name = "_wasmlam_threads", .m_size = -1, .m_methods = methods };

PyObject *init_wasmlam_threads(void)
{
    return PyModule_Create(&module);
}
