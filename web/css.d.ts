/** Styles imported as text. */
declare module '*.css?inline' {
  const text: string;
  export default text;
}
/** Styles that the build takes along. */
declare module '*.css';
