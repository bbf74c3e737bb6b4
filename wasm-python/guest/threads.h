#include <Python.h>

PyObject *init_wasmlam_threads(void);
