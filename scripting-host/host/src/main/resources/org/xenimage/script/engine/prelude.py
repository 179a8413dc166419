# What the host needs of a context, evaluated before any code of a policy.
#
# A policy can reach every object of its interpreter, even those in a Python closure. So the originals of removed
# functions are not kept here: the host, in Java, keeps the ones that it still needs.


def _xenimage():
    import sys
    import _imp

    str_, repr_, type_, int_, list_, dict_, tuple_, set_, id_ = str, repr, type, int, list, dict, tuple, set, id
    staticmethod_, classmethod_, property_ = staticmethod, classmethod, property
    callable_, vars_, isinstance_, hasattr_, setattr_, getattr_ = callable, vars, isinstance, hasattr, setattr, getattr
    issubclass_ = issubclass
    BaseException_, Exception_, PermissionError_, ImportError_ = BaseException, Exception, PermissionError, ImportError
    ValueError_, RuntimeError_ = ValueError, RuntimeError

    first = {name: sys.modules[name] for name in ("posix", "_signal", "_thread", "__graalpython__", "_imp", "sys")}
    fix, frozen, CodeType = _imp._fix_co_filename, _imp.get_frozen_object, type((lambda: 0).__code__)

    FunctionType, HEAP_TYPE = type_(lambda: 0), 1 << 9

    class PolicyError(Exception_):
        pass

    def refused(module, name):
        def call(*args, **kwargs):
            raise PermissionError_(
                f"{module}.{name}: a policy has no files, processes, signals, clock or settings of the process"
            )

        call.__name__ = name
        return call

    # A policy gets only the named functions of these modules, and everything of the others.
    KEPT = {
        "posix": "DirEntry WCOREDUMP WEXITSTATUS WIFCONTINUED WIFEXITED WIFSIGNALED WIFSTOPPED WSTOPSIG WTERMSIG "
        "close fspath fstat getcwd getcwdb isatty listdir lseek lstat open read register_at_fork scandir stat "
        "stat_result statvfs_result strerror terminal_size uname_result urandom waitstatus_to_exitcode",
        "_signal": "",
        "_thread": "LockType RLock _count _local _set_sentinel allocate_lock get_ident get_native_id",
        "gc": "get_count get_debug get_referents is_tracked isenabled",
        "time": "get_clock_info mktime strptime struct_time",
        "_locale": "localeconv",
        "atexit": "",
        "marshal": "loads dumps",
        "__graalpython__": "ForeignType builtin builtin_method force_split_direct_calls "
        "import_current_as_named_module import_current_as_named_module_with_delegate java_assert "
        "lazy_attributes_from_delegate posix_module_backend sha3_module_backend storage_to_native_primitive "
        "unsafe_object_new zlib_module_backend auto_wrap_methods",
        "_imp": "_fix_co_filename acquire_lock exec_builtin extension_suffixes find_frozen get_frozen_object get_magic "
        "init_frozen is_builtin is_frozen is_frozen_package lock_held release_lock source_hash create_builtin",
    }
    # A policy gets everything else of these, which concerns only its interpreter.
    TAKEN = {
        "sys": "addaudithook setdlopenflags setprofile setrecursionlimit setswitchinterval setcheckinterval settrace "
        "set_int_max_str_digits _current_frames",
        "polyglot": "eval export_value import_value __set_gil_locked_during_foreign_calls__",
    }

    def confine(name, module):
        for key in TAKEN.get(name, "").split():
            if hasattr_(module, key):
                setattr_(module, key, refused(name, key))
        if name not in KEPT:
            return
        kept = KEPT[name].split()
        for key, value in list_(vars_(module).items()):
            # What a policy has put there may lie about its class, and raise wherever it is asked.
            if type_(key) is not str_ or key in kept or key in ("__loader__", "__spec__") or not callable_(value):
                continue
            if issubclass_(type_(value), type_) and issubclass_(value, BaseException_):
                continue
            setattr_(module, key, refused(name, key))

    def fixed(module, seconds, host):
        """The functions of a module time whose clock is fixed at the time of the run; host has those that convert."""

        def clock():
            return seconds

        def clock_ns():
            return int_(seconds * 1000) * 1000000

        for name in ("time", "monotonic", "perf_counter", "process_time", "thread_time"):
            setattr_(module, name, clock)
            setattr_(module, name + "_ns", clock_ns)
        module.tzset = lambda: None
        for name in ("localtime", "gmtime", "ctime", "asctime", "strftime"):
            setattr_(module, name, host(name))

    def logging_only(module):
        def register(function, *args, **kwargs):
            if getattr_(function, "__module__", None) != "logging":
                raise PermissionError_("atexit.register: a policy's last hook is on_end")
            return function

        module.register = register

    def locale(module):
        def setlocale(category, locale=None):
            if locale not in (None, "", "C", "POSIX"):
                raise PermissionError_("_locale.setlocale: a policy runs in the locale C")
            return "C"

        module.setlocale = setlocale

    def imports(host, executed):
        """Builtin modules are made by the host only, which refuses some."""

        def create_builtin(spec):
            made = host(spec)
            if made is None:
                raise ImportError_(f"a policy cannot import {spec.name}", name=spec.name)
            return made

        def exec_builtin(module):
            executed(module)
            return 0

        _imp.create_builtin = create_builtin
        _imp.exec_builtin = exec_builtin

    wrapped = []

    def relocate(stdlib, core):
        """The library has other names than the machine's, which a policy need not know."""
        graal = first["__graalpython__"]
        places = {sys._stdlib_dir: stdlib, graal.core_home: core}

        def moved(text):
            for real, virtual in places.items():
                if text.startswith(real):
                    return virtual + text[len(real) :]
            return text

        def rename(code):
            if code.co_filename != moved(code.co_filename):
                fix(code, moved(code.co_filename))
            for constant in code.co_consts:
                if type_(constant) is CodeType:
                    rename(constant)

        seen = set_()

        def renamed(names):
            """Renames the code of all functions of a module or a class, of those in closures and in classes too."""
            for value in list_(names.values()):
                function(value)

        def function(value):
            kind = type_(value)
            if kind is FunctionType:
                code = value.__code__
                if code.co_filename == moved(code.co_filename) and not value.__closure__ or id_(value) in seen:
                    return
                seen.add(id_(value))
                rename(code)
                for cell in value.__closure__ or ():
                    try:
                        held = cell.cell_contents
                    except ValueError_:
                        continue
                    for each in held if type_(held) in (list_, tuple_) else (held,):
                        function(each)
            elif kind in (staticmethod_, classmethod_):
                function(value.__func__)
            elif kind is property_:
                for each in (value.fget, value.fset, value.fdel):
                    function(each)
            elif kind is tuple_ or kind is list_:
                for each in value:
                    function(each)
            elif isinstance_(value, type_) and id_(value) not in seen:
                seen.add(id_(value))
                if value.__flags__ & HEAP_TYPE:
                    renamed(type_.__dict__["__dict__"].__get__(value))

        def get_frozen_object(*args):
            code = frozen(*args)
            rename(code)
            return code

        _imp.get_frozen_object = get_frozen_object

        # The code of a generator has its name from the function, which is there when its module has run.
        importer = sys.modules["_frozen_importlib"].FrozenImporter
        if not wrapped:
            execute = importer.exec_module
            wrapped.append(execute)

            def exec_module(module):
                execute(module)
                renamed(vars_(module))

            importer.exec_module = staticmethod_(exec_module)

        sys.path[:] = [moved(path) for path in sys.path]
        graal.stdlib_home, graal.core_home, graal.capi_home, graal.home = stdlib, core, core, "/python"
        sys._stdlib_dir = stdlib
        for name in ("prefix", "base_prefix", "exec_prefix", "base_exec_prefix"):
            setattr_(sys, name, "/python")
        for name in ("executable", "_base_executable"):
            setattr_(sys, name, "")
        sys.path_importer_cache.clear()
        for module in list_(sys.modules.values()):
            renamed(vars_(module))
            for key in ("__file__", "__cached__"):
                value = getattr_(module, key, None)
                if type_(value) is str_:
                    setattr_(module, key, moved(value))
            spec = getattr_(module, "__spec__", None)
            for path in (getattr_(module, "__path__", None), getattr_(spec, "submodule_search_locations", None)):
                if type_(path) is list_:
                    path[:] = [moved(item) for item in path]
            for of, key in (
                (spec, "origin"),
                (spec, "_cached"),
                (getattr_(spec, "loader_state", None), "filename"),
                (getattr_(module, "__loader__", None), "path"),
            ):
                value = getattr_(of, key, None)
                if type_(value) is str_ and value != moved(value):
                    setattr_(of, key, moved(value))

    def isolate():
        for name, module in first.items():
            confine(name, module)
        first["posix"].environ.clear()
        uname = first["posix"].uname_result
        first["posix"].getpid = lambda: 1
        first["posix"].uname = lambda: uname(("Linux", "", "", "", ""))
        for finder in list_(sys.meta_path):
            named = finder if isinstance_(finder, type_) else type_(finder)
            if named.__name__ in ("PipImportHook", "JavaImportFinder"):
                sys.meta_path.remove(finder)
        for name in ("java", "jarray", "_posixsubprocess"):
            sys.modules.pop(name, None)

    def spec(name):
        return type_(sys.__spec__)(name, sys.__spec__.loader)

    def group(*flat):
        items = iter(flat)
        return dict_(zip(items, items))

    def listed(*items):
        return list_(items)

    def function(host):
        def call(*args, **kwargs):
            try:
                return host(kwargs, *args)
            except BaseException_ as error:
                message = str_(error)
            raise PolicyError(message.partition(": ")[2] or message)

        return call

    def breakpoints(inspected):
        """Without a debugger, breakpoint() would start one that reads standard input, which a policy does not have."""
        import builtins

        def absent(*args, **kwargs):
            raise RuntimeError_("breakpoint() stops in a debugger: run this with --inspect")

        if inspected:
            sys.breakpointhook = lambda *args, **kwargs: None
        else:
            sys.breakpointhook = builtins.breakpoint = absent

    def raised(message):
        raise PolicyError(message)

    FLAGS = (
        (0x200, "an async generator function"), (0x80, "an async function"), (0x20, "a generator function"),
    )

    def unfit(value):
        """Why a value cannot be a hook; empty if it can."""
        if type_(value) is not FunctionType:
            return "a class" if isinstance_(value, type_) else f"a {type_(value).__name__}"
        for flag, kind in FLAGS:
            if value.__code__.co_flags & flag:
                return kind
        return ""

    class Site(dict_):
        """The site's configuration; reports missing keys to the host."""

        __slots__ = ("absent",)

        def get(self, key, default=None):
            if key not in self:
                self.absent(str_(key))
            return dict_.get(self, key, default)

        def __missing__(self, key):
            self.absent(str_(key))
            raise KeyError(key)

    def watched(tree, absent):
        made = Site(tree)
        made.absent = absent
        return made

    return (
        group, listed, int_, repr_, bytearray.fromhex, function, unfit, watched,
        (_imp.create_builtin, _imp.exec_builtin),
        imports, confine, fixed, locale, logging_only, relocate, isolate, spec, raised, breakpoints,
    )


_xenimage()
