package org.xenimage.console;

import org.xenimage.script.ImplementedApi;
import org.xenimage.script.api.CallParameter;
import org.xenimage.script.api.MemberType;
import org.xenimage.script.api.Notation;
import org.xenimage.script.api.ObjectType;
import org.xenimage.script.api.PolicyApi;
import org.xenimage.script.api.RecordShape;

import java.io.PrintWriter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** What the description of the API says of objects and members, in the language of the session. */
final class ApiHelp {
    /** Members of the image that the overview shows. */
    private static final List<String> SHOWN =
            List.of("config", "metadata", "vcpus", "records", "record", "page", "find", "pages");

    private final PolicyApi api = ImplementedApi.current();
    private final Notation notation;

    ApiHelp(Notation notation) {
        this.notation = notation;
    }

    static ApiHelp of(Session session) {
        return new ApiHelp(session.setup().language().notation());
    }

    /** The sentence on each member of what an expression names, by the member's name. */
    static Map<String, String> sentences(Session session, String expression) {
        Map<String, String> sentences = new HashMap<>();
        if (expression.isEmpty()) return sentences;
        Notation notation = session.setup().language().notation();
        session.code()
                .type(expression)
                .ifPresent(object -> {
                    for (MemberType member : object.members())
                        sentences.put(notation.name(object, member), member.doc());
                });
        return sentences;
    }

    /** Lines of code that show what can be done with an image. */
    List<String> examples() {
        ObjectType image = api.object("Image");
        return SHOWN.stream()
                .map(name ->
                        image.members().stream()
                                .filter(member -> member.name().equals(name))
                                .findFirst()
                                .orElseThrow())
                .map(member -> notation.example(member.example()))
                .toList();
    }

    /** The names of the objects that can be explained. */
    List<String> names() {
        return api.objects().stream()
                .filter(object -> !object.members().isEmpty())
                .map(ObjectType::variable)
                .toList();
    }

    /** An object by what it is called, a kind of record by its type, or either by its name in the typings. */
    private Optional<ObjectType> object(String name) {
        return Stream.of(
                        api.objects().stream().filter(object -> object.variable().equals(name)),
                        api.records().stream()
                                .filter(record -> record.type().equals(name))
                                .map(RecordShape::fields),
                        api.all().stream().filter(object -> object.name().equals(name)))
                .flatMap(objects -> objects)
                .findFirst();
    }

    /**
     * Explains an object, or a member of one.
     *
     * @param name such as {@code page}, {@code X86_TSC_INFO} or {@code image.find}
     * @param session in which the name may be that of a variable
     * @return whether there is something of this name
     */
    boolean explain(String name, Session session) {
        Optional<ObjectType> object = object(name);
        if (object.isEmpty()) object = session.code().type(name);
        if (object.isPresent()) {
            explain(object.get(), session);
            return true;
        }
        int dot = name.lastIndexOf('.');
        if (dot < 0) return false;
        String before = name.substring(0, dot);
        Optional<ObjectType> holder = object(before);
        if (holder.isEmpty()) holder = session.code().type(before);
        if (holder.isEmpty()) return false;
        ObjectType of = holder.get();
        for (MemberType member : of.members()) {
            if (!notation.name(of, member).equals(name.substring(dot + 1))) continue;
            explain(of, member, session.out());
            return true;
        }
        return false;
    }

    private void explain(ObjectType object, Session session) {
        PrintWriter out = session.out();
        String name = object.variable().isEmpty() ? object.name() : object.variable();
        out.println(session.styled(Style.STRONG, name) + ": " + object.doc());
        for (MemberType member : object.members()) {
            out.println("  " + notation.signature(object, member));
            if (!member.doc().isEmpty()) out.println("      " + member.doc());
        }
    }

    private void explain(ObjectType object, MemberType member, PrintWriter out) {
        out.println(notation.signature(object, member));
        out.println("  " + member.doc());
        if (!member.only().isEmpty()) out.println("  Of " + member.only() + " only.");
        for (CallParameter parameter : member.parameters())
            out.println("  %-24s %s".formatted(notation.parameter(parameter), parameter.doc()));
        String example = notation.example(member.example());
        if (!example.isEmpty()) out.println("  For example: " + example);
    }
}
