// Imports everything and uses nothing.
await import("../../../mod.ts");
console.log("imported");
