/**
 * The contracts of the engine boundary: schemas, validation and the execution core.
 *
 * @module
 */
