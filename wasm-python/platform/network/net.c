/* The module `_wasmlam_net`: the network door, for shims/_wasmlam_socket.py, shims/_wasmlam_select.py and shims/_ssl.py.
 *
 * The host has the sockets, the name look-ups and the TLS sessions; here they are numbers. What can be done with them is one
 * import with an operation, whose list is in src/sandbox/net/mod.rs, so that this file need not grow with it. No operation
 * waits. All waiting is `wait`, which suspends the calling thread.
 *
 *   call(op, handle, a, b, data)              what the host answers: at least 0, or an errno of Linux below 0
 *   fetch(op, handle, a, b, data, size)       bytes, up to `size` of them, or an errno below 0
 *   fetch_into(op, handle, a, b, buffer)      the same into a buffer: how many
 *   wait(entries, seconds)                    entries are (handle, wanted); a list of those that are ready, as (handle, ready).
 *                                             ~handle is a descriptor of the C library. None: no bound. It may come back
 *                                             early, with an empty list
 *   wake()                                    lets all threads that wait look again
 */
#include <Python.h>
#include <stdlib.h>
#include "modules.h"
#include "net.h"

#define IMPORT(name) __attribute__((import_module("wasmlam_net"), import_name(#name)))

IMPORT(call) int64_t host_call(int op, int handle, int64_t a, int64_t b, const void *in, int in_size, void *out, int out_size);

#define MOST_ENTRIES 4096

static PyObject *net_call(PyObject *module, PyObject *args)
{
    int op, handle = 0;
    long long a = 0, b = 0;
    Py_buffer data = { .buf = NULL };
    (void)module;
    if (!PyArg_ParseTuple(args, "i|iLLy*:call", &op, &handle, &a, &b, &data))
        return NULL;
    if (data.len > INT32_MAX)
        data.len = INT32_MAX;
    int64_t status = host_call(op, handle, a, b, data.buf, (int)data.len, NULL, 0);
    PyBuffer_Release(&data);
    return PyLong_FromLongLong(status);
}

static PyObject *net_fetch(PyObject *module, PyObject *args)
{
    int op, handle, size;
    long long a, b;
    Py_buffer data = { .buf = NULL };
    (void)module;
    if (!PyArg_ParseTuple(args, "iiLLy*i:fetch", &op, &handle, &a, &b, &data, &size))
        return NULL;
    PyObject *out = size < 0 ? NULL : PyBytes_FromStringAndSize(NULL, size);
    if (!out) {
        PyBuffer_Release(&data);
        return PyErr_Occurred() ? NULL : PyErr_Format(PyExc_ValueError, "negative buffersize in recv");
    }
    int64_t status = host_call(op, handle, a, b, data.buf, (int)data.len, PyBytes_AS_STRING(out), size);
    PyBuffer_Release(&data);
    if (status < 0 || status > size) {
        Py_DECREF(out);
        return PyLong_FromLongLong(status);
    }
    if (status < size && _PyBytes_Resize(&out, (Py_ssize_t)status) < 0)
        return NULL;
    return out;
}

static PyObject *net_fetch_into(PyObject *module, PyObject *args)
{
    int op, handle;
    long long a, b;
    Py_buffer buffer;
    (void)module;
    if (!PyArg_ParseTuple(args, "iiLLw*:fetch_into", &op, &handle, &a, &b, &buffer))
        return NULL;
    int size = buffer.len > INT32_MAX ? INT32_MAX : (int)buffer.len;
    int64_t status = host_call(op, handle, a, b, NULL, 0, buffer.buf, size);
    PyBuffer_Release(&buffer);
    return PyLong_FromLongLong(status);
}

static PyObject *net_wait_for(PyObject *module, PyObject *args)
{
    PyObject *wanted, *seconds, *found = NULL;
    if (!PyArg_ParseTuple(args, "OO:wait", &wanted, &seconds))
        return NULL;
    int64_t nanoseconds = -1;
    if (seconds != Py_None) {
        double time = PyFloat_AsDouble(seconds);
        if (time == -1.0 && PyErr_Occurred())
            return NULL;
        nanoseconds = time <= 0 ? 0 : time >= 9e9 ? -1 : (int64_t)(time * 1e9);
    }
    PyObject *list = PySequence_Fast(wanted, "a sequence of pairs is needed");
    if (!list)
        return NULL;
    Py_ssize_t count = PySequence_Fast_GET_SIZE(list);
    struct net_entry *entries = NULL;
    int sockets = 0, files = 0;
    if (count > MOST_ENTRIES) {
        PyErr_Format(PyExc_ValueError, "wasmlam: %zd descriptors to wait for at once; %d are the most", count, MOST_ENTRIES);
        goto done;
    }
    entries = PyMem_RawCalloc(count ? (size_t)count : 1, sizeof *entries);
    if (!entries) {
        PyErr_NoMemory();
        goto done;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        int handle, events;
        PyObject *pair = PySequence_Fast_GET_ITEM(list, i);
        if (!PyTuple_Check(pair)) {
            PyErr_SetString(PyExc_TypeError, "a tuple of a handle and events is needed");
            goto done;
        }
        if (!PyArg_ParseTuple(pair, "ii", &handle, &events))
            goto done;
        /* Files from the end on, backwards: they come after the sockets. */
        struct net_entry *entry = handle < 0 ? &entries[count - ++files] : &entries[sockets++];
        entry->handle = handle < 0 ? ~handle : handle;
        entry->wanted = (uint16_t)events;
    }
    int status;
    Py_BEGIN_ALLOW_THREADS
    status = net_wait(entries, sockets, files, nanoseconds);
    Py_END_ALLOW_THREADS
    if (status < 0 && PyThread_Capturing) {
        found = PyThread_CaptureWait(module, "again", 1);
        goto done;
    }
    /* As PEP 475 has it: who called goes on waiting, unless the handler raised an exception. */
    if (status < 0 && PyErr_CheckSignals())
        goto done;
    found = PyList_New(0);
    for (Py_ssize_t i = 0; found && i < count; i++) {
        if (!entries[i].ready)
            continue;
        int handle = i < sockets ? entries[i].handle : ~entries[i].handle;
        PyObject *pair = Py_BuildValue("(ii)", handle, (int)entries[i].ready);
        if (!pair || PyList_Append(found, pair) < 0)
            Py_CLEAR(found);
        Py_XDECREF(pair);
    }
done:
    PyMem_RawFree(entries);
    Py_DECREF(list);
    return found;
}

static PyObject *net_wake_all(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    net_wake();
    Py_RETURN_NONE;
}

/* What a thread that waited at the end of an init goes on with after a restore: nothing is ready, it looks again. */
static PyObject *net_again(PyObject *module, PyObject *seconds)
{
    (void)module;
    (void)seconds;
    return PyList_New(0);
}

static PyMethodDef methods[] = {
    { "call", net_call, METH_VARARGS, NULL },
    { "fetch", net_fetch, METH_VARARGS, NULL },
    { "fetch_into", net_fetch_into, METH_VARARGS, NULL },
    { "wait", net_wait_for, METH_VARARGS, NULL },
    { "wake", net_wake_all, METH_NOARGS, NULL },
    { "again", net_again, METH_O, NULL },
    { NULL, NULL, 0, NULL },
};

static PyModuleDef module = { PyModuleDef_HEAD_INIT, .m_name = "_wasmlam_net", .m_size = -1, .m_methods = methods };

PyObject *init_wasmlam_net(void)
{
    return PyModule_Create(&module);
}
