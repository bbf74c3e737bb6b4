/* What the runtime sets in our C library (libc/patches), and Python has no function for. */
#include <Python.h>
#include "modules.h"

void __wasilibc_set_memory_size(unsigned mib);

static PyObject *set_memory_size(PyObject *module, PyObject *size)
{
    unsigned long mib = PyLong_AsUnsignedLong(size);
    if (mib == (unsigned long)-1 && PyErr_Occurred())
        return NULL;
    __wasilibc_set_memory_size((unsigned)mib);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    { "set_memory_size", set_memory_size, METH_O, NULL }, /* in MiB: what the machine is said to have, and its processors */
    { NULL, NULL, 0, NULL },
};

static PyModuleDef module = { PyModuleDef_HEAD_INIT, .m_name = "_wasmlam_linux", .m_size = -1, .m_methods = methods };

PyObject *init_wasmlam_linux(void)
{
    return PyModule_Create(&module);
}
