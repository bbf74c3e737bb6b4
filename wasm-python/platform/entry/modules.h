/* The built-in modules that are ours. */
#include <Python.h>

PyObject *init_wasmlam_linux(void);
PyObject *init_wasmlam_local_time(void);
PyObject *init_wasmlam_net(void);
PyObject *init_wasmlam_threads(void);

void wasmlam_threads_go_on(void);
