/** What works on whole images of any format: comparing two, looking at any part of one, recovering a damaged one. */
@org.jspecify.annotations.NullMarked
module org.xenimage.tools {
    requires static org.jspecify;
    requires transitive com.fasterxml.jackson.databind;
    requires transitive org.xenimage.image;

    exports org.xenimage.tools.diff;
    exports org.xenimage.tools.index;
    exports org.xenimage.tools.salvage;
}
