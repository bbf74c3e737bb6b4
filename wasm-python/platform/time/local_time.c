/* Local time. wasi-libc knows no time zones, zoneinfo has them all. What follows takes the place of libc's `__tz.o`, on
 * which localtime(), mktime() and strftime() stand, and on these `time` and `datetime`. platform/time/local_time.py says what
 * holds in the zone. */
#include <Python.h>
#include <time.h>
#include "modules.h"

const char __utc[] = "UTC";

static PyObject *zone_at; /* NULL: UTC */

/* What holds at `seconds` after the epoch, by the zone's clocks if `local`. `other` is the offset in the other half of
 * the year; mktime() wants it. */
void __secs_to_zone(long long seconds, int local, int *is_summer, long *offset, long *other, const char **name)
{
    long unwanted;
    if (!other)
        other = &unwanted;
    *is_summer = 0;
    *offset = *other = 0;
    *name = __utc;
    if (!zone_at || !PyThreadState_GetUnchecked()) /* C code that has let go of the interpreter, as sqlite3 does */
        return;
    PyObject *raised = PyErr_GetRaisedException();
    PyObject *answer = PyObject_CallFunction(zone_at, "LN", seconds, PyBool_FromLong(local));
    /* The name's bytes are the zone's own, so they stay. */
    if (!answer || !PyArg_ParseTuple(answer, "plls", is_summer, offset, other, name))
        PyErr_WriteUnraisable(zone_at);
    Py_XDECREF(answer);
    PyErr_SetRaisedException(raised);
}

const char *__tm_to_tzname(const struct tm *tm) { return tm->tm_zone ? tm->tm_zone : __utc; }

static PyObject *set_zone(PyObject *module, PyObject *function)
{
    Py_XSETREF(zone_at, Py_IsNone(function) ? NULL : Py_NewRef(function));
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    { "set_zone", set_zone, METH_O, NULL }, /* to what a function says that is called as function(seconds, local), or to UTC */
    { NULL, NULL, 0, NULL },
};

static PyModuleDef module = { PyModuleDef_HEAD_INIT, .m_name = "_wasmlam_local_time", .m_size = -1, .m_methods = methods };

PyObject *init_wasmlam_local_time(void)
{
    return PyModule_Create(&module);
}
