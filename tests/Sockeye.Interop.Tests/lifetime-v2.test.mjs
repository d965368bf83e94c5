import { lifetime } from './lifetime.mjs';

lifetime('2.5.0');
