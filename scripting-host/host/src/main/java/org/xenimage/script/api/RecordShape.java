package org.xenimage.script.api;

/**
 * A kind of record, as {@code onRecord} sees it.
 *
 * @param layer {@code libxl} or {@code libxc}
 * @param type the name in the specification, as {@code record.type} has it
 * @param fields what {@code record.fields} is
 */
public record RecordShape(String layer, String type, ObjectType fields) {}
