/**
 * The interactive console: inspects and edits one image in JavaScript or Python.
 */
@SuppressWarnings("requires-automatic") // JLine has no module descriptors
@org.jspecify.annotations.NullMarked
module org.xenimage.console {
    requires static org.jspecify;
    requires org.jline.reader;
    requires org.jline.terminal;
    requires transitive org.xenimage.script;

    exports org.xenimage.console;
}
