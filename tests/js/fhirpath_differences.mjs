// Where results of npm `fhirpath` 5.2.2 are not the engine's, and why. `fits` tells whether a difference is the listed one.
export const listed = [];
