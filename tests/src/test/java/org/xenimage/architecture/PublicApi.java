package org.xenimage.architecture;

import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleReader;
import java.lang.module.ModuleReference;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableSet;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The public API of a module as text: every public and protected type of the packages it exports to all, each with
 * its public and protected members, sorted, one to a line.
 */
final class PublicApi {

    private PublicApi() {}

    static String of(ModuleReference module) throws IOException {
        Set<String> exported =
                module.descriptor().exports().stream()
                        .filter(exports -> !exports.isQualified())
                        .map(ModuleDescriptor.Exports::source)
                        .collect(Collectors.toSet());
        NavigableSet<String> names = new TreeSet<>();
        try (ModuleReader reader = module.open()) {
            reader.list()
                    .filter(entry -> entry.endsWith(".class") && !entry.endsWith("-info.class"))
                    .map(entry ->
                            entry.substring(0, entry.length() - ".class".length())
                                    .replace('/', '.'))
                    .filter(name ->
                            name.contains(".")
                                    && exported.contains(name.substring(0, name.lastIndexOf('.'))))
                    .forEach(names::add);
        }
        StringBuilder text = new StringBuilder();
        for (String name : names) {
            Class<?> type = load(name);
            if (isVisible(type)) {
                text.append(declaration(type)).append('\n');
                for (String member : members(type)) {
                    text.append("    ").append(member).append('\n');
                }
            }
        }
        return text.toString();
    }

    private static Class<?> load(String name) {
        try {
            return Class.forName(name, false, PublicApi.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new AssertionError(name + " is in the module, but not on the class path", e);
        }
    }

    private static boolean isVisible(Class<?> type) {
        for (Class<?> t = type; t != null; t = t.getDeclaringClass()) {
            if (!isVisible(t.getModifiers()) || t.isAnonymousClass() || t.isLocalClass()) {
                return false;
            }
        }
        return true;
    }

    private static boolean isVisible(int modifiers) {
        return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
    }

    private static String declaration(Class<?> type) {
        StringJoiner line = new StringJoiner(" ");
        addDeprecation(line, type.isAnnotationPresent(Deprecated.class));
        int flags = type.getModifiers();
        int hidden =
                Modifier.INTERFACE | (type.isInterface() ? Modifier.ABSTRACT | Modifier.STATIC : 0);
        if (type.isRecord() || type.isEnum()) {
            hidden |= Modifier.FINAL | Modifier.STATIC | Modifier.ABSTRACT;
        }
        addModifiers(line, flags & ~hidden);
        if (type.isSealed() && !type.isEnum()) {
            line.add("sealed");
        } else if (!Modifier.isFinal(flags) && isBelowSealed(type)) {
            line.add("non-sealed");
        }
        line.add(kind(type));
        line.add(type.getName() + typeParameters(type.getTypeParameters()) + components(type));
        Type above = type.getGenericSuperclass();
        if (above != null && above != Object.class && !type.isRecord() && !type.isEnum()) {
            line.add("extends").add(above.getTypeName());
        }
        Type[] interfaces = type.getGenericInterfaces();
        if (interfaces.length > 0 && !type.isAnnotation()) {
            line.add(type.isInterface() ? "extends" : "implements").add(joined(interfaces));
        }
        if (type.isSealed() && !type.isEnum()) {
            line.add("permits")
                    .add(
                            Arrays.stream(type.getPermittedSubclasses())
                                    .map(Class::getName)
                                    .sorted()
                                    .collect(Collectors.joining(", ")));
        }
        return line.toString();
    }

    private static boolean isBelowSealed(Class<?> type) {
        Class<?> above = type.getSuperclass();
        return (above != null && above.isSealed())
                || Arrays.stream(type.getInterfaces()).anyMatch(Class::isSealed);
    }

    private static String kind(Class<?> type) {
        if (type.isAnnotation()) {
            return "@interface";
        } else if (type.isInterface()) {
            return "interface";
        } else if (type.isEnum()) {
            return "enum";
        } else {
            return type.isRecord() ? "record" : "class";
        }
    }

    private static String components(Class<?> type) {
        if (!type.isRecord()) {
            return "";
        }
        return Arrays.stream(type.getRecordComponents())
                .map(component ->
                        component.getGenericType().getTypeName() + " " + component.getName())
                .collect(Collectors.joining(", ", "(", ")"));
    }

    private static List<String> members(Class<?> type) {
        List<String> constants = new ArrayList<>();
        NavigableSet<String> members = new TreeSet<>();
        for (Field field : type.getDeclaredFields()) {
            if (field.isEnumConstant()) {
                constants.add(
                        field.getName()); // in order: it is part of what switch and ordinal see
            } else if (isApi(field)) {
                members.add(field(field));
            }
        }
        for (Constructor<?> constructor : type.getDeclaredConstructors()) {
            if (isApi(constructor)) {
                StringJoiner line = new StringJoiner(" ");
                addDeprecation(line, constructor.isAnnotationPresent(Deprecated.class));
                members.add(line.add(constructor.toGenericString()).toString());
            }
        }
        for (Method method : type.getDeclaredMethods()) {
            if (isApi(method) && !method.isBridge() && !isImplied(type, method)) {
                StringJoiner line = new StringJoiner(" ");
                addDeprecation(line, method.isAnnotationPresent(Deprecated.class));
                members.add(line.add(method.toGenericString()).toString());
            }
        }
        return Stream.concat(constants.stream(), members.stream()).toList();
    }

    /** What a declaration brings with it: a record's accessors and value methods, an enum's constants by name. */
    private static boolean isImplied(Class<?> type, Method method) {
        String signature = method.getName() + Arrays.toString(method.getParameterTypes());
        if (type.isEnum())
            return signature.matches("values\\[\\]|valueOf\\[class java.lang.String\\]");
        if (!type.isRecord()) return false;
        return signature.matches("(hashCode|toString)\\[\\]|equals\\[class java.lang.Object\\]")
                || Arrays.stream(type.getRecordComponents())
                        .anyMatch(component -> component.getAccessor().equals(method));
    }

    private static boolean isApi(Member member) {
        return isVisible(member.getModifiers()) && !member.isSynthetic();
    }

    private static String field(Field field) {
        StringJoiner line = new StringJoiner(" ");
        addDeprecation(line, field.isAnnotationPresent(Deprecated.class));
        line.add(field.toGenericString());
        int constant = Modifier.STATIC | Modifier.FINAL;
        if ((field.getModifiers() & constant) == constant
                && (field.getType().isPrimitive() || field.getType() == String.class)) {
            line.add("= " + value(field)); // callers have it compiled in
        }
        return line.toString();
    }

    private static Object value(Field field) {
        try {
            field.setAccessible(true);
            return field.get(null);
        } catch (IllegalAccessException e) {
            throw new AssertionError(field.toString(), e);
        }
    }

    private static String typeParameters(TypeVariable<?>[] parameters) {
        if (parameters.length == 0) {
            return "";
        }
        return Arrays.stream(parameters)
                .map(parameter -> {
                    Type[] bounds = parameter.getBounds();
                    boolean bare = bounds.length == 1 && bounds[0] == Object.class;
                    return bare
                            ? parameter.getName()
                            : parameter.getName() + " extends " + joined(bounds);
                })
                .collect(Collectors.joining(", ", "<", ">"));
    }

    private static String joined(Type[] types) {
        return Arrays.stream(types).map(Type::getTypeName).collect(Collectors.joining(", "));
    }

    private static void addModifiers(StringJoiner line, int modifiers) {
        if (modifiers != 0) {
            line.add(Modifier.toString(modifiers));
        }
    }

    private static void addDeprecation(StringJoiner line, boolean deprecated) {
        if (deprecated) {
            line.add("@Deprecated");
        }
    }
}
