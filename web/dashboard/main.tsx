import { render } from 'preact';
import './dashboard.css';
import { App } from './app.tsx';
import { keptTheme, showTheme } from './theme.tsx';

showTheme(keptTheme());
const root = document.getElementById('app');
if (root) render(<App />, root);
